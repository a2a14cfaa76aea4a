"""Labelled pages made from real posts: damaged copies of them, and pages that copy none.

Posts are split by site: what trains the model never judges it. Of each side, most posts go into an index;
the others, posts that are templated like an indexed one, pages that quote two sentences and lists of
teasers are the negatives. Texts stand in real pages where there are some, see `detector.training.shells`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Any

from detector.data import Page
from detector.document import parse
from detector.features import Title
from detector.training.damage import (
    DAMAGE_TO_CHINESE,
    KINDS_OF_DAMAGE,
    Damage,
    characters,
    interleave,
    long_words_deleted,
    replaced,
    sentences_of,
    vocabulary,
)
from detector.training.official import Corpus, SourcePost, digest
from detector.training.shells import Shell

# Characters of a post that is copied, and fewer of scripts without spaces. Of a shorter one than LEAST_EXCERPTED an
# excerpt would be a sentence or two, and who copies no more than that quotes; nor are two sentences of it a mere quote.
LEAST_POST, LEAST_QUOTED = 600, 1_500
LEAST_EXCERPTED = {"excerpt 20-40 %": 1_500, "excerpt 8-15 %": 3_500}
NEGATIVE = "negative: "
REPLACED = {"words replaced 20-40 %": (0.2, 0.4), "words replaced 50-80 %": (0.5, 0.8)}
# Of the pages so many are HTML, and of the others so many the lines of such a page; the rest is the bare text.
_AS_HTML, _AS_LINES = 0.65, 0.5


@dataclass(frozen=True)
class Copy:
    """A page made from posts: `damage` names how ("negative: ..." when it copies none of the indexed); `text` is what
    was put on it ("" for a page as it was), `origin` the id of the post, in the index or not, that this is."""

    page: Page
    sources: frozenset[str]
    damage: str
    kind: str
    text: str = ""
    origin: str = ""


class CopyMaker:
    """Makes labelled pages from one side of a corpus; the same seed makes the same pages.

    `shells` are pages to put texts into (none: bare texts), `ordinary` pages that have nothing to do with the posts,
    `strangers` posts of sites that are on the other side.
    """

    def __init__(
        self,
        corpus: Corpus,
        seed: int,
        shells: Sequence[Shell] = (),
        ordinary: Sequence[Page] = (),
        strangers: Sequence[SourcePost] = (),
    ) -> None:
        self._random = Random(seed)
        self._posts = corpus.posts
        self._lookalikes = corpus.lookalikes
        self._alike = {frozenset(pair) for pair in corpus.lookalikes}
        self._shells, self._ordinary, self._strangers = shells, ordinary, strangers
        self._translation_of: dict[str, list[str]] = defaultdict(list)
        for a, b in corpus.translations:
            self._translation_of[a].append(b)
            self._translation_of[b].append(a)
        # Every seventh stays out of the index, to be a page of its own; so do half of the translations, which
        # would otherwise be the better source of every translated copy, and of the look-alikes.
        one_in = dict.fromkeys(self._posts, 7)
        one_in |= {b: 2 for _, b in corpus.translations} | {id: 2 for pair in corpus.lookalikes for id in pair}
        self.held_out = {id for id, share in one_in.items() if digest(id + "held out") % share == 0}
        self.indexed = [id for id in self._posts if id not in self.held_out]
        self._long = self._longer(LEAST_POST)
        texts_by_language: dict[str, list[str]] = defaultdict(list)
        for id in self._some(self._posts, 3_000):
            texts_by_language[self._posts[id].language].append(self._posts[id].text)
        self._ids = sorted(self._posts)
        self._words = {language: vocabulary(texts[:300]) for language, texts in texts_by_language.items()}
        self._begin = self._random.getstate()

    def _longer(self, least: int) -> list[str]:
        """The indexed posts of at least so many characters."""
        return [id for id in self.indexed if len(self._posts[id].text) >= characters(self._posts[id].text, least)]

    def index_pages(self) -> Iterator[Page]:
        for id in self.indexed:
            post = self._posts[id]
            yield Page(url=self.url(id), text=post.text, title=post.title)

    def url(self, id: str) -> str:
        return f"{self._posts[id].url}#{id}"

    def related(self, id: str) -> set[str]:
        """The post and its translations: a copy of one is, in a way, a copy of all."""
        return {id, *self._translation_of[id], *(b for a in self._translation_of[id] for b in self._translation_of[a])}

    def untold(self, copy: Copy, url: str) -> bool:
        """Whether nobody knows if an indexed post is the source of a page that is another post: a post of its site
        in another language may be its translation, and not all pairs are listed."""
        own, other = self._posts.get(copy.origin), self._posts.get(url.rpartition("#")[2])
        if not own or not other or self.alike(copy, url):
            return False
        return own.site == other.site and own.language != other.language

    def family(self, copy: Copy) -> str:
        """The same for all pages that are made of a post or of its translations."""
        id = min(copy.sources, default=copy.origin)
        return min(self.related(id)) if id else copy.page.url

    def alike(self, copy: Copy, url: str) -> bool:
        """Whether a page that is another post is known to be templated like an indexed one: not the same, however much
        both have in common."""
        return frozenset((copy.origin, url.rpartition("#")[2])) in self._alike

    def pages(self, each: int, negatives: int | None = None) -> Iterator[Copy]:
        """`each` copies of every kind that the corpus allows; of pages that are none one to three times `negatives`
        of every kind (`each` when None). The same pages each time that it is called."""
        self._random.setstate(self._begin)
        self._made = 0
        return chain(self._positives(each), self._negatives(each if negatives is None else negatives))

    def _positives(self, each: int) -> Iterator[Copy]:
        for name, (damage, kind) in KINDS_OF_DAMAGE.items():
            for id in self._some(self._longer(LEAST_EXCERPTED.get(name, LEAST_POST)), each):
                yield from self._damaged(id, damage, name, kind)
        chinese = [id for id in self._long if self._posts[id].language.startswith("zh")]
        for name, (damage, kind) in DAMAGE_TO_CHINESE.items():
            for id in self._some(chinese, each // 2):
                yield from self._damaged(id, damage, name, kind)
        for name, (low, high) in REPLACED.items():
            for id in self._some(self._long, each):
                words = self._words.get(self._posts[id].language) or self._words["en"]
                yield from self._damaged(id, replaced(low, high, words), name, "spun")
        excerpted = self._longer(LEAST_EXCERPTED["excerpt 20-40 %"])
        for ids in (self._some(excerpted, 3) for _ in range(each)):
            parts = [KINDS_OF_DAMAGE["excerpt 20-40 %"][0](self._posts[id].text, self._random) for id in ids]
            yield self._copy("\n".join(parts), "", frozenset(ids), "mashup", "mashup")
        yield from self._translations(each)

    def _damaged(self, id: str, damage: Damage, name: str, kind: str) -> Iterator[Copy]:
        """The damaged copy of a post, unless nothing of it is left."""
        post = self._posts[id]
        text = damage(post.text, self._random)
        if any(char.isalnum() for char in text):
            # Who replaces the words of a text often does so in its title.
            replaced_too = name in REPLACED and self._random.random() < 0.5
            title = damage(post.title, self._random) if replaced_too else post.title
            yield self._copy(text, self._title(title), frozenset({id}), name, kind)

    def _translations(self, each: int) -> Iterator[Copy]:
        pairs = [id for id in self._long if any(other in self.held_out for other in self._translation_of[id])]
        for id in self._some(pairs, each):
            others = [other for other in self._translation_of[id] if other in self.held_out]
            translated = self._posts[self._random.choice(others)]
            original, translation = self._posts[id].text, translated.text
            garbled = long_words_deleted(original, self._random)
            titles = [self._posts[id].title, translated.title]
            for name, kind, text in (
                ("interleaved", "interleaved", interleave(original, translation, self._random)),
                ("interleaved and garbled", "interleaved", interleave(garbled, translation, self._random)),
                ("translated", "translated", translation),
            ):
                # Who translates a text translates its title.
                title = translated.title if name == "translated" else self._random.choice(titles)
                yield self._copy(text, self._title(title), frozenset({id}), name, kind)

    def _negatives(self, each: int) -> Iterator[Copy]:
        """Pages of every kind that copy no indexed post."""
        indexed = set(self.indexed)
        held_out = {id for id in self.held_out if not self.related(id) & indexed}
        for id in self._some(held_out, 3 * each):
            yield self._other(self._posts[id], NEGATIVE + "other post")
        near = self._on_same_subject(each)
        for post in near:
            yield self._other(post, NEGATIVE + "post of another site on the same subject")
        apart = {post.id for post in near}
        far = (post for post in self._strangers if post.id not in apart)
        for post in self._some(far, 2 * each, key=lambda post: post.id):
            yield self._other(post, NEGATIVE + "post of another site")
        pairs = (pair for one, other in self._lookalikes for pair in ((one, other), (other, one)))
        divided = {own for own, other in pairs if own in held_out and other not in self.held_out}
        for id in self._some(divided, 3 * each):
            yield self._other(self._posts[id], NEGATIVE + "look-alike")
        quotable = self._longer(LEAST_QUOTED)
        for own, quoted in zip(self._some(held_out, 2 * each), self._some(quotable, 2 * each), strict=False):
            text = self._quoting(self._posts[own].text, self._posts[quoted].text)
            if text:
                name = NEGATIVE + "quotes a sentence or two"
                yield self._copy(text, self._posts[own].title, frozenset(), name, "", own)
        for page in self._some(self._ordinary, 3 * each, key=lambda page: page.url):
            yield Copy(page, frozenset(), NEGATIVE + "ordinary page", "")
        for _ in range(each):
            teasers = [self._teaser(self._posts[id]) for id in self._some(self._long, self._random.randint(5, 14))]
            yield self._copy("\n".join(teasers), "News", frozenset(), NEGATIVE + "list of teasers", "")

    def _on_same_subject(self, count: int) -> list[SourcePost]:
        """The posts of other sites whose titles have the largest share of words in common with that of an indexed one,
        words that few titles have."""
        titles = [Title.of(self._posts[id].title).telling for id in self.indexed]
        languages = [self._posts[id].language for id in self.indexed]
        frequency = Counter(word for title in titles for word in title.tolist())
        having: dict[int, list[int]] = defaultdict(list)
        for at, title in enumerate(titles):
            for word in title.tolist():
                if frequency[word] <= len(titles) / 50:
                    having[word].append(at)

        def closeness(post: SourcePost) -> float:
            own = Title.of(post.title).telling
            common = Counter(at for word in own.tolist() for at in having[word])
            # One in another language may be a translation.
            shares = (
                shared / (own.size + titles[at].size - shared)
                for at, shared in common.items()
                if shared > 1 and languages[at] == post.language
            )
            return max(shares, default=0.0)

        return sorted(self._strangers, key=lambda post: (-closeness(post), post.id))[:count]

    def _quoting(self, text: str, other: str) -> str:
        """A post with one or two sentences of another in its middle; "" where one is too short."""
        text = text[: characters(text, self._random.choice([800, 1_200, 2_000, 100_000]))]
        shortest, longest = characters(other, 40), characters(other, 200)
        sentences = [part for part in sentences_of(other) if shortest < len(part) < longest][:20]
        if len(text) < characters(text, LEAST_POST) or len(sentences) < 2:
            return ""
        at = self._random.randrange(len(sentences) - 1)
        quote = " ".join(sentences[at : at + self._random.choice([1, 2])])
        own = text.split("\n") if "\n" in text else sentences_of(text)
        return "\n".join([*own[: len(own) // 2], quote, *own[len(own) // 2 :]])

    def _teaser(self, post: SourcePost) -> str:
        cut = post.text[: characters(post.text, self._random.randint(80, 240))].replace("\n", " ")
        return f"{post.title}\n{cut}{self._random.choice(['...', '', ' [...]', ' Read more'])}"

    def _some(self, values: Iterable[Any], count: int, key: Callable[[Any], Any] | None = None) -> list[Any]:
        pool = sorted(values, key=key)
        return self._random.sample(pool, min(count, len(pool)))

    def _other(self, post: SourcePost, name: str) -> Copy:
        """A post that is not in the index, under its own title: look-alikes differ in little else."""
        title = self._with_site(post.title) if self._random.random() < 0.4 else post.title
        return self._copy(post.text, title, frozenset(), name, "", post.id)

    def _with_site(self, title: str) -> str:
        return f"{title} - {self._random.choice(self._words['en']).title()}"

    def _title(self, own: str) -> str:
        """The title that a copy gets: its post's, with a site's name, cut off, somebody else's, or none. That
        a title differs must not speak against a copy, nor that there is one."""
        chance = self._random.random()
        if chance < 0.4:
            return own
        if chance < 0.6:
            return self._with_site(own)
        if chance < 0.8:
            return own[: max(8, len(own) // 2)]
        if chance < 0.86:
            return self._posts[self._random.choice(self._ids)].title
        return ""

    def _copy(self, text: str, title: str, sources: frozenset[str], name: str, kind: str, origin: str = "") -> Copy:
        """The text on a page; a third of the copies add text of their own, as aggregators do: at most as much again,
        since else a short excerpt would be a quotation."""
        if sources and self.held_out and self._random.random() < 0.35:
            other = self._posts[self._random.choice(sorted(self.held_out))].text
            own = other[: min(characters(other, self._random.randint(200, 1500)), len(text))]
            text = own + "\n" + text if self._random.random() < 0.5 else text + "\n" + own
        return Copy(self._page(title, text), sources, name, kind, text, origin)

    def _page(self, title: str, text: str) -> Page:
        self._made += 1
        url = f"https://crawled.example/{self._made}"
        if not self._shells:
            return Page(url, text=text, title=title)
        html = self._random.choice(self._shells).page(title, text, self._random)
        if self._random.random() < _AS_HTML:
            return Page(url, html=html)
        if self._random.random() < _AS_LINES:
            document = parse(Page(url, html=html))
            text = "\n".join(" ".join(block.text.split()) for block in document.blocks) or text
        return Page(url, text=text, title=title)
