"""Words and shapes of text that several signals look for. Patterns are linear in the text's length."""

from __future__ import annotations

import re
from collections.abc import Sequence

from detector.text import code_points

# Brands of gambling sites as they are injected into copied pages, only in forms that are no ordinary words
# (a lottery, a casino or a hotel of that name in the news must stay quiet): on 12 of 84 web samples, on none of
# 3,251 ordinary pages. And phrases of adult sites that are injected in rows; one alone proves nothing.
# For text in small letters; every branch begins with a plain letter, or the search is five times slower.
INJECTED = re.compile(
    r"华体会|欧宝体育|必威(?:体育|betway|官网|app)|亚博(?:体育|app|官网|vip)|yabo(?:vip|app|体育|手机|官网|\d)"
    r"|乐鱼(?:体育|app|官网)|开云(?:体育|app|官网)|爱游戏(?:体育|app|官网|官方)|js\d{2,5}金沙"
    r"|金沙(?:线路|网站|娱乐|贵宾|官网|国际)|威尼斯人(?:官网|网站|线路|平台)|永利(?:娱乐城|官网|贵宾)"
    r"|葡京(?:娱乐|官网|线路|平台)|皇冠(?:体育|投注|现金)|万博(?:体育|manbetx|app|官网|max)|manbetx"
    r"|betway(?:官网|体育|app|中文)|九游会|星空体育|半岛体育|ope体育|十博体育|海德体育|天博体育|江南体育|火狐体育"
    r"|币游国际|吕氏贵宾会|美狮贵宾会|凯发(?:k8|娱乐|官网)|利来(?:国际|w66)|环亚(?:娱乐|ag)|龙8(?:国际|娱乐)"
    r"|尊龙(?:凯时|国际|娱乐)|博狗|棋牌(?:app|官网|平台|下载)|真人(?:荷官|百家乐)|ag真人"
    r"|彩票(?:app|平台下载|赚钱平台|注册|投注平台)|十大(?:正规|靠谱)?[^，。\s]{0,2}(?:体育平台|博彩|网投)"
    r"|世界杯(?:官方网站|投注|买球)|买球(?:app|平台|官网)|体育app(?:下载)?(?:手机版|官网|入口|官方)"
    r"|一区二区|二区三区|国产精品|精品国产|久久(?:精品|综合|热)|无码(?:av|视频|专区|不卡)|av在线|成人(?:视频|影院|电影|网站)"
    r"|日韩(?:av|精品|无码)|亚洲(?:av|精品|无码)|人人(?:干|操)人人"
)
_ADULT = ("一区", "二区", "国产", "精品", "久久", "无码", "av在线", "成人", "日韩", "亚洲", "人人")
# What is advertised in comments and hidden text that hacked pages carry.
PEDDLED = re.compile(
    r"\b(?:online casino|casino|slots|poker online|sports betting|viagra|cialis|payday loan|essay writing service"
    r"|replica watch|escort|seo traffic|backlink|free porn|porn video|xxx video)(?:e?s)?\b"
)
# How a phrase ends that offers something for sale, in titles and keyword rows.
TRADE = re.compile(
    r"(?:厂家|厂商|供应|供应商|批发|批发商|批发价格|价格|价格表|报价|多少钱|哪家好|哪家便宜|哪里有卖|排名|排行榜|代理|代理商|加盟"
    r"|维修|维修电话|维修服务|官网|出售|购买|回收|定制|租赁|生产厂家|生产厂家详细介绍)$"
)
# How the name of a service ends that is offered place by place.
OFFERED = re.compile(
    r"(?:网站|建站|建设|设计|制作|开发|优化|推广|装修|施工|防水|安装|门窗|搬家|开锁|疏通|维修|清洗|保洁|回收|调查|侦探|取证|律师|代办|记账"
    r"|注册|办理|培训|租赁|出租|定制|批发|价格|报价|厂家|公司|代理|上门|按摩|外围|会所)$"
)
# Large cities and provinces, as they are put before the name of a service.
PLACES = (
    "北京 上海 广州 深圳 天津 重庆 成都 杭州 武汉 西安 南京 苏州 郑州 长沙 沈阳 青岛 宁波 东莞 无锡 佛山 合肥 昆明 "
    "大连 福州 厦门 哈尔滨 济南 温州 南宁 长春 泉州 石家庄 贵阳 南昌 金华 常州 珠海 惠州 嘉兴 南通 中山 保定 兰州 "
    "台州 徐州 太原 绍兴 烟台 海口 乌鲁木齐 洛阳 廊坊 汕头 湖州 扬州 临沂 盐城 潍坊 泰州 淄博 唐山 邯郸 绵阳 威海 "
    "山东 河北 河南 江苏 浙江 广东 四川 湖南 湖北 安徽 福建 江西 山西 陕西"
).split()
PLACE = re.compile("|".join(sorted(PLACES, key=len, reverse=True)))

# Where titles are put together: title_channel_site. A chain as such is ordinary (40 % of portals have three
# segments and more), and so are `|` and ` - `.
JOINTS = re.compile(r"[_|｜»•]+|\s+[-–—:]+\s+|-{2,}|—{2,}")

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_LONG = 200
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_FILLER = frozenset(
    "the and for with from how your you are was what why that this all new best top its our not".split()
)
_NOT_PLAIN = re.compile(r"[\W_]+")
_MOST_PHRASES = 14


def has_han(text: str) -> bool:
    """Whether Han or kana occur in the text."""
    if text.isascii():
        return False
    if len(text) < _LONG:
        return _HAN.search(text) is not None
    # Most long texts have none, and a search would take ten times as long to say so.
    codes = code_points(text)
    return bool((((codes >= 0x3040) & (codes <= 0x30FF)) | ((codes >= 0x3400) & (codes <= 0x9FFF))).any())


def is_adult(found: str) -> bool:
    """Whether a match of INJECTED is a phrase of adult sites, not a gambling brand."""
    return found.startswith(_ADULT)


def plain(text: str) -> str:
    """Letters and digits only, in small letters: for comparing titles with lines."""
    return _NOT_PLAIN.sub("", text).casefold()


def stems(phrase: str) -> frozenset[str]:
    """What two phrases share when they are made from one keyword: pairs of Han or kana, and words of three
    letters and more."""
    pairs = {run[at : at + 2] for run in _HAN.findall(phrase) for at in range(len(run) - 1)}
    words = {word for word in _LETTERS.findall(phrase.lower()) if not _HAN.match(word)}
    return frozenset(pairs | (words - _FILLER))


def sharing(phrases: Sequence[str]) -> list[int]:
    """Which phrases share a stem with another: at least two parts, and two in five of the smaller phrase's.

    Equal phrases do not count; at most 14 phrases are compared.
    """
    parts = [stems(phrase) for phrase in phrases[:_MOST_PHRASES]]
    found: set[int] = set()
    for one, mine in enumerate(parts):
        for other in range(one):
            theirs = parts[other]
            common = len(mine & theirs)
            if common >= 2 and 5 * common >= 2 * min(len(mine), len(theirs)) and mine != theirs:
                found |= {one, other}
    return sorted(found)
