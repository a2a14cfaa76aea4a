"""How much a decoded text looks like text that people write, and not like another charset's bytes misread.

Misread text is made of rare characters: Big5 read as GBK gives ideographs that nobody uses, KOI8-R read as
windows-1251 gives words with their capitals at the end, UTF-16 read as anything gives NULs. So each language
has a weight for each character, by how common it is, and three rules about neighbours do the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

Weights = np.ndarray

# Letters beyond ASCII in three tiers by frequency; capitals weigh less, as they are rarer and stand first.
_TIERS = (1.0, 0.6, 0.2)
_CAPITALS = 0.4
_ALPHABETS: dict[str, tuple[str, ...]] = {
    "ru": ("оеаинтсрвл", "кмдпуяыьгзбч", "йхжшюцщэфъё"),
    "uk": ("оанивітерс", "кулдмпязбгьч", "хцйюжєїщшґф"),
    "bg": ("аиоентрсвл", "кдпмзяъубгч", "щйжхцюшфь"),
    "sr": ("аиоентсрјв", "укдлмпзгбцч", "љћшњжђхфџ"),
    "el": ("αοιετσνηυρ", "πκμλωάόίέςή", "δγχθύφώβζξψϊΐϋΰ"),
    "he": ("יוהלארתבמש", "דנקעפחטגסכם", "ןזצךףץ"),
    "ar": ("الينموترب", "عدفهسكقحجةأىشصط", "خذزضظغثءئؤإآپچژگک،؛؟"),
    "th": ("่้ัาิีุูเแโใไะ็์ึื", "กงดนมยรลวสหอคตทปพบ", "ขฃฅฆจฉชซญฎฐณถธผฝภศษฬฮฤำๆ"),
    "fr": ("éèàêç", "ùôîâûëïœæ"),
    "de": ("äöüß",),
    "es": ("áéíóúñ", "ü¿¡ªº"),
    "pt": ("ãçáéíó", "õâêôúàªº"),
    "it": ("àèéìòù",),
    "sv": ("åäö", "éü"),
    "da": ("æøå", "éü"),
    "is": ("áðíéóöþæ", "úý"),
    "pl": ("ąćęłńóśźż",),
    "cs": ("áčéěířšýž", "ďňóťúů"),
    "sk": ("áčéíýžľš", "äďĺňóôŕťú"),
    "hu": ("áéóöőü", "íúű"),
    "ro": ("ăâîșțşţ",),
    "sl": ("čćđšž",),
    "tr": ("çğıöşü", "âîİ"),
    "lt": ("ąčęėįšųūž",),
    "lv": ("āēīšū", "čģķļņž"),
    "et": ("äöõü", "šž"),
    "vi": ("ăâđêôơưáàéèíóòú\u0301\u0300\u0309\u0303\u0323", "ùý₫"),
}
# The commonest characters of running text and of web pages.
_COMMON_HAN = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
    "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此"
    "已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代"
    "内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安"
    "少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光"
    "放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运网站版页"
    "登录注册首联服技术软软件源码试型参编辑存储户标签图片查审准请击下载读评分享推荐热闻律责声号备案权转商客费价质环境算线构库"
)
_COMMON_TRADITIONAL = (
    "這個們來為國說時會對著過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問應戰頭體見產話內給門東聲員論處義條"
    "題爾別變總電數報結務場計資許統區隊決馬書則聽達難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運並幾氣認網頁錄冊聯繫訊"
    "軟體啟檔試編輯戶標籤圖查審準請擊載讀評薦熱聞責號備轉費價質環線構庫"
)
_COMMON_HANGUL = (
    "이다는의에을가고를한지도하로은기사자리아시스어인나정서대일그수보해게라제장안주전부만상소구유여들연원비공동회트조경드우적모"
    "무세오관신선과중국화생성업문실계위년용것있습니할된되결없으면서때까부터합했였같말당등행방법개발진임요템프데버포"
)
_COMMON_HIRAGANA = "のにはをたがでてとしれさいるなもかられこよまりあんっくすせそつけうきおめちどだみわえばやろげべ"
_WIDE_SIGNS = "，。、；：？！（）《》「」『』【】〈〉～　・“”‘’—…"
# In every language's text; no charset's misreading is full of them.
_SIGNS = "\u00a0–—‘’“”«»…°§·•€©®™„‚‹›№\u00ad\u200b\u200e\u200f"
_SIGN = 0.2
_RARER_SIGNS = "£¶±×²³µ½¼"

# Scripts whose letters never stand in one word with another's.
_SCRIPTS = ((0x41, 0x5B), (0x61, 0x7B), (0xC0, 0x250), (0x1E00, 0x1F00)), ((0x370, 0x400),), ((0x400, 0x530),)
_MORE_SCRIPTS = ((0x590, 0x600),), ((0x600, 0x700),), ((0xE00, 0xE80),)
_HEBREW, _EAST_ASIAN = 4, 7
_LOWER, _UPPER = 1, 2
_MIXED_SCRIPTS, _CAPITAL_INSIDE, _ACCENTS_IN_A_ROW, _LONE_LETTER = 1.0, 0.7, 0.5, 1.0


def plausibility(text: str, languages: Iterable[str]) -> tuple[float, int]:
    """The sum of the weights of the characters beyond printable ASCII (each -3..1) in the language that they
    fit best, less the penalties for odd neighbours; and how many characters these are."""
    codes = np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)
    judged = _JUDGED[codes]
    number = int(np.count_nonzero(judged))
    if not number:
        return 0.0, 0
    beyond = codes[judged]
    best = max(float(WEIGHTS[language][beyond].sum()) for language in languages)
    return best - _oddity(codes, judged), number


def usual_share(text: str) -> float:
    """Share of the characters that are printable ASCII or in daily use in some language; 0..1."""
    codes = np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)
    return float(_USUAL[codes].mean()) if len(codes) else 0.0


def _oddity(codes: np.ndarray, judged: np.ndarray) -> float:
    """What neighbours cost: letters of two scripts, a capital behind a small letter, accents in a row, one
    ideograph alone beside Latin letters or one Hebrew, Arabic or Thai letter alone at all."""
    script, case = _SCRIPT[codes], _CASE[codes]
    one, other = script[:-1], script[1:]
    either = judged[:-1] | judged[1:]
    mixed = (one != other) & (one > 0) & (other > 0) & (one < _EAST_ASIAN) & (other < _EAST_ASIAN) & either
    inside = (case[:-1] == _LOWER) & (case[1:] == _UPPER) & either
    row = (one == 1) & (other == 1) & judged[:-1] & judged[1:]
    company = np.zeros(len(codes) + 1, bool)
    company[1:-1] = judged[:-1] & judged[1:]
    latin = np.zeros(len(codes) + 2, bool)
    latin[1:-1] = script == 1
    odd_alone = (script >= _HEBREW) & ((script < _EAST_ASIAN) | latin[:-2] | latin[2:])
    lone = odd_alone & ~company[:-1] & ~company[1:]
    costs = (_MIXED_SCRIPTS, mixed), (_CAPITAL_INSIDE, inside), (_ACCENTS_IN_A_ROW, row), (_LONE_LETTER, lone)
    return sum(cost * int(np.count_nonzero(places)) for cost, places in costs)


def _put(weights: Weights, characters: Iterable[str], weight: float) -> None:
    weights[[ord(char) for char in characters]] = weight


def _anything() -> Weights:
    """Weights before a language is known: other languages' letters and symbols are unlikely, controls and
    private characters nearly impossible."""
    weights = np.full(65_536, -1.0, np.float32)
    for start, end in ((0, 9), (14, 32), (0x7F, 0xA0), (0xE000, 0xF900)):
        weights[start:end] = -2.0
    weights[0xFFFD] = -3.0
    _put(weights, _SIGNS, _SIGN)
    _put(weights, _RARER_SIGNS, 0.0)
    return weights


def _alphabet(tiers: tuple[str, ...]) -> Weights:
    weights = _anything()
    for weight, letters in zip(_TIERS, tiers, strict=False):
        _put(weights, (char.upper() for char in letters if len(char.upper()) == 1), _CAPITALS * weight)
        _put(weights, letters, weight)
    return weights


def _standard(codec: str, rows: range, cells: Iterable[int] = range(0xA1, 0xFF)) -> set[str]:
    """Rows of a national standard. Each puts its characters for daily use before the rare ones."""
    every = (bytes((row, cell)).decode(codec, "ignore") for cell in cells for row in rows)
    return {char for char in every if len(char) == 1}


def _east_asian(rarer: dict[float, Iterable[str]], common: Iterable[str]) -> Weights:
    weights = _anything()
    weights[0x4E00:0xA000] = -0.7
    weights[0x3041:0x30FF] = 0.1
    weights[0xFF01:0xFF5F] = 0.2
    weights[0x2460:0x2500] = 0.0
    _put(weights, _WIDE_SIGNS, 0.6)
    for weight, characters in rarer.items():
        _put(weights, characters, weight)
    _put(weights, common, 1.0)
    return weights


def _weights() -> dict[str, Weights]:
    simplified, rare = _standard("gb2312", range(0xB0, 0xD8)), _standard("gb2312", range(0xD8, 0xF8))
    traditional = _standard("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    shared = set(_COMMON_HAN) & traditional
    japanese, hangul = _standard("euc_jp", range(0xB0, 0xD0)), _standard("euc_kr", range(0xB0, 0xC9))
    kana = {chr(code) for code in (*range(0x3041, 0x3094), *range(0x30A1, 0x30FD))}
    half_width = {chr(code) for code in range(0xFF61, 0xFFA0)}
    tables = {language: _alphabet(tiers) for language, tiers in _ALPHABETS.items()}
    tables["zh"] = _east_asian({-0.2: traditional, -0.4: rare, 0.3: simplified, 0.8: _COMMON_TRADITIONAL}, _COMMON_HAN)
    tables["zh-Hant"] = _east_asian({0.3: traditional}, shared | set(_COMMON_TRADITIONAL))
    tables["ja"] = _east_asian(
        {0.3: japanese, 0.5: set(_COMMON_HAN) & japanese, 0.7: kana, -0.4: half_width}, _COMMON_HIRAGANA
    )
    tables["ko"] = _east_asian({0.3: hangul}, _COMMON_HANGUL)
    tables["ko"][0x4E00:0xA000] = -0.3
    return tables


def _scripts() -> np.ndarray:
    table = np.zeros(65_536, np.uint8)
    for number, spans in enumerate((*_SCRIPTS, *_MORE_SCRIPTS), start=1):
        for start, end in spans:
            table[start:end] = number
    table[[0xD7, 0xF7]] = 0
    table[0x3041:0xD7A4] = _EAST_ASIAN
    return table


def _cases() -> np.ndarray:
    table = np.zeros(65_536, np.uint8)
    for code in range(0x41, 0x530):
        table[code] = _LOWER if chr(code).islower() else _UPPER if chr(code).isupper() else 0
    table[[0xAA, 0xBA]] = 0  # the ordinals ª and º
    return table


WEIGHTS = _weights()
_SCRIPT = _scripts()
_CASE = _cases()
_JUDGED = np.ones(65_536, bool)
_JUDGED[32:127] = _JUDGED[9:14] = False
_USUAL = ~_JUDGED | (np.max(list(WEIGHTS.values()), axis=0) > 0)
# Scripts without a charset of their own: Armenian, those of India and its neighbours, Georgian, Khmer.
_USUAL[0x0530:0x0590] = _USUAL[0x0900:0x1100] = _USUAL[0x1780:0x1800] = True
