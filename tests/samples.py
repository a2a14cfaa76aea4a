"""Posts of an invented blog that several tests copy from, our own writing."""

from __future__ import annotations

import numpy as np

from detector.data import Block, Document, Page
from detector.duplicates import shingles
from detector.index import ReferenceIndex
from detector.reading import Reading
from detector.text import tokenise

SCHEDULER = """The scheduler in Halyard 4.2 packs small batches onto one worker before it wakes another.
We rewrote the placement loop in March, after three customers had shown us bills that grew twice as fast as their data.
The old loop looked at one batch at a time and gave it to the idlest worker: forty workers stood half empty.
The new loop sorts the waiting batches by size and fills workers in order, with a reserve of one eighth for latecomers.
On our own cluster the change cut the number of running workers from 212 to 139 and left the tail latency where it was.
If you run Halyard with the flag halyard.pack=off you keep the old behaviour until version 5.
Two limits remain. A worker that holds a pinned batch is never emptied, and zones are still filled one after the other.
We would like to hear from operators of more than five zones, since our largest test had only four."""

COOKING = """Nobody planned the office garden, it simply happened when Mara brought twelve tomato plants in April.
By June the balcony held beans, chard and a lemon tree that had refused to fruit in her flat for seven years.
The cooks noticed before the engineers did, and since then Thursday's soup depends on what is ripe.
We learned that basil hates the air conditioning, that bees find the ninth floor, and that watering needs a rota.
A colleague from the finance team keeps the books: forty kilograms so far, at the price of two bags of earth a month.
Next spring there will be potatoes in sacks, and perhaps a hive, if the landlord's insurance agrees."""

SCHEDULER_ZH = """Halyard 4.2 的调度器会先把小批次装满一个 worker，然后才唤醒下一个。
三位客户的账单增长速度是数据的两倍，因此我们在三月重写了放置循环。
旧循环一次只看一个批次，并把它交给最闲的 worker，于是四十个 worker 都半空着。
新循环把等待中的批次按大小排序并依次填满，同时为迟到者保留八分之一。
在我们自己的集群上，运行中的 worker 从 212 个减少到 139 个，尾部延迟保持不变。
如果使用参数 halyard.pack=off 运行，旧行为会保留到 5 版本。"""


def post(url: str, text: str, title: str = "") -> Page:
    return Page(url=url, text=text, title=title)


POSTS = (
    post("https://blog.halyard.example/2026/packing", SCHEDULER, "Halyard 4.2 packs batches"),
    post("https://blog.halyard.example/2026/garden", COOKING, "The garden on the ninth floor"),
)


def own_reading(text: str, title: str = "") -> Reading:
    """A page that is all its own text."""
    tokens = tokenise(text)
    everything = np.ones(len(tokens), bool)
    return Reading(Document(url="", title=title), (Block(text, "content", 1.0),), tokens, everything, everything)


def urls(index: ReferenceIndex, text: str) -> list[str]:
    """Where the posts that an index finds for a text are."""
    return [index.post(candidate.number).url for candidate in index.query(text)]


def jaccard_of(one: str, other: str) -> float:
    """Share of the shingles of either text that both have."""
    ours, theirs = (set(shingles(tokenise(text)).tolist()) for text in (one, other))
    return len(ours & theirs) / len(ours | theirs)
