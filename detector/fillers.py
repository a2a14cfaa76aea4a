"""What the placeholders of the dataset's templates stand for: names, numbers, dates, filing numbers, made up
anew each time in the forms in which they really occur."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from random import Random

from detector.resources import datasets_dir

Filler = Callable[[Random, str], str]

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼蜀黔滇陇秦"
_CHINESE = ("zh-Hans", "zh-Hant")
_SYLLABLES = "ka lo mi ren tu vas nor del qui sho bra zen pol tir ame".split()
_HAN_SYLLABLES = "华鑫博瑞联创优嘉恒达科美信德顺源智云星海天宝安利"


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    """The lists of `datasets/fillers.toml`, by name and language."""
    return tomllib.loads((datasets_dir() / "fillers.toml").read_text(encoding="utf-8"))


def _of(name: str) -> Filler:
    return lambda random, language: random.choice(_words()[name][language])


def _digits(random: Random, count: int) -> str:
    return "".join(str(random.randrange(10)) for _ in range(count))


def _year(random: Random, language: str) -> str:
    return str(random.randint(2003, 2026))


def _brand(random: Random, language: str) -> str:
    if language in _CHINESE and random.random() < 0.5:
        return "".join(random.sample(_HAN_SYLLABLES, 2))
    return "".join(random.sample(_SYLLABLES, random.randint(2, 3))).capitalize()


def icp(random: Random, language: str = "zh-Hans") -> str:
    """An ICP filing number in one of its forms: 8 or 10 digits, spaced, bracketed, of an operator, cut."""
    province = random.choice(PROVINCES)
    year = random.randint(2005, 2026)
    digits = f"{year % 100:02}{_digits(random, 6)}" if random.random() < 0.5 else f"{year}{_digits(random, 6)}"
    number = f"ICP备{digits}号"
    if language == "zh-Hant" and random.random() < 0.5:
        number = number.replace("备", "備").replace("号", "號")
    forms = (
        f"{province}{number}",
        f"{province}{number}-{random.randint(1, 9)}",
        f"{province} ICP 备 {digits} 号",
        f"[{province}{number}]",
        f"{province}ICP备{digits}",
        f"{province}ICP证{_digits(random, 6)}号",
        f"{province}ICP证:{province}B2-{year}{_digits(random, 4)}",
    )
    return random.choices(forms, (8, 6, 1, 1, 1, 3, 1))[0]


def _police(random: Random, language: str) -> str:
    province = random.choice(PROVINCES)
    digits = _digits(random, 14)
    return random.choice(
        (
            f"{province}公网安备{digits}号",
            f"{province}公网安备 {digits}号",
            f"{province}公网安备 {digits} 号",
            f"{province}公网安备{_digits(random, 10)}号",
            f"{province}公网安备{_digits(random, 12)}-{random.randint(1, 9)}",
        )
    )


def _licence(random: Random, language: str) -> str:
    province, year = random.choice(PROVINCES), random.randint(2006, 2025)
    return random.choice(
        (
            f"增值电信业务经营许可证：{province}B2-{year}{_digits(random, 4)}",
            f"{province}B2-{year}{_digits(random, 4)}-{random.randint(1, 9)}",
            f"互联网新闻信息服务许可证：{_digits(random, 11)}",
            f"信息网络传播视听节目许可证：{_digits(random, 7)}",
            f"{province}网文[{year}]{_digits(random, 4)}-{_digits(random, 3)}号",
            f"广播电视节目制作经营许可证：（{province}）字第{_digits(random, 5)}号",
            f"互联网药品信息服务资格证书 （{province}）-非经营性-{year}-{_digits(random, 4)}",
            f"出版物经营许可证 新出发{province}零字第{_digits(random, 6)}号",
            f"网络文化经营许可证 {province}网文[{year}]{_digits(random, 4)}-{_digits(random, 3)}号",
        )
    )


def _date(random: Random, language: str) -> str:
    year, month, day = random.randint(2004, 2026), random.randint(1, 12), random.randint(1, 28)
    forms = [f"{year}-{month:02}-{day:02}"]
    if language in ("zh-Hans", "zh-Hant", "ja"):
        forms += [f"{year}年{month}月{day}日", f"{year}/{month:02}/{day:02}", f"{year}.{month}.{day}"]
    elif language == "ko":
        forms += [f"{year}년 {month}월 {day}일", f"{year}.{month:02}.{day:02}"]
    elif language == "en":
        name = "January February March April May June July August September October November December".split()[
            month - 1
        ]
        forms += [f"{name} {day}, {year}", f"{day} {name} {year}", f"{name[:3]} {day}, {year}", f"{month}/{day}/{year}"]
    else:
        forms += [f"{day:02}.{month:02}.{year}", f"{day:02}/{month:02}/{year}"]
    return random.choice(forms)


def _time(random: Random, language: str) -> str:
    return f"{random.randrange(24):02}:{random.randrange(60):02}"


def _years(random: Random, language: str) -> str:
    first = random.randint(1998, 2020)
    return f"{first}{random.choice(('-', '–', ' - '))}{random.randint(first + 1, 2026)}"


def _domain(random: Random, language: str) -> str:
    return _brand(random, language).lower() + random.choice((".example", "-news.example", "123.example"))


def _url(random: Random, language: str) -> str:
    folder = random.choice(("a", "news", "p", "archives"))
    return f"https://www.{_domain(random, language)}/{folder}/{_digits(random, 4)}.html"


def _email(random: Random, language: str) -> str:
    at = random.choice(("@", "@", "#", " (at) "))
    return f"{random.choice(('info', 'kefu', 'admin', 'contact', _digits(random, 8)))}{at}{_domain(random, language)}"


def _phone(random: Random, language: str) -> str:
    if language in _CHINESE:
        return random.choice(
            (
                f"0{_digits(random, 2)}-{_digits(random, 8)}",
                f"400-{_digits(random, 3)}-{_digits(random, 4)}",
                f"1{_digits(random, 10)}",
            )
        )
    return random.choice(
        (
            f"+{random.randint(1, 99)} {_digits(random, 3)} {_digits(random, 6)}",
            f"({_digits(random, 3)}) {_digits(random, 3)}-{_digits(random, 4)}",
        )
    )


def _qq(random: Random, language: str) -> str:
    return str(random.randint(10**5, 10**10))


def _number(random: Random, language: str) -> str:
    return str(random.choice((random.randint(1, 12), random.randint(1, 999), random.randint(1_000, 99_999))))


def _headline(random: Random, language: str) -> str:
    form, topic, place = (_of(name)(random, language) for name in ("headlines", "topics", "places"))
    return form.format(t=topic, p=place, n=random.randint(3, 12))


def _title(random: Random, language: str) -> str:
    return _headline(random, language)


def _place_and(ends: str) -> Filler:
    def name(random: Random, language: str) -> str:
        start = _place(random, language) if random.random() < 0.6 else _brand(random, language)
        return start + _of(ends)(random, language)

    return name


_place = _of("places")


def _address(random: Random, language: str) -> str:
    if language in _CHINESE:
        road = _place(random, language)
        return f"{_place(random, language)}市{road}路{random.randint(1, 900)}号{random.randint(1, 30)}层"
    return f"{random.randint(1, 300)} {_place(random, language)}, {_digits(random, 5)}"


FILLERS: dict[str, Filler] = {
    "icp": icp,
    "police": _police,
    "licence": _licence,
    "date": _date,
    "time": _time,
    "year": _year,
    "years": _years,
    "person": _of("people"),
    "site": _place_and("site_ends"),
    "company": _place_and("company_ends"),
    "brand": _brand,
    "city": _place,
    "service": _of("services"),
    "topic": _of("topics"),
    "domain": _domain,
    "url": _url,
    "email": _email,
    "phone": _phone,
    "qq": _qq,
    "n": _number,
    "title": _title,
    "headline": _headline,
    "address": _address,
}

# The same in all places of a template: a block is about one title, of one brand.
REPEATED = frozenset((_title, _brand))
