"""What the placeholders of the dataset's templates stand for: names, numbers, dates, filing numbers, made up
anew each time in the forms in which they really occur."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Filler = Callable[[Random, str], str]

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼蜀黔滇陇秦"
_CHINESE = ("zh-Hans", "zh-Hant")
_PLACES = {
    "zh-Hans": "青岚 白渡 南汐 云泽 龙溪 石门 望江 北陵 临川 海宁 松原 安平 长宁 永和 新桥 东阳".split(),
    "zh-Hant": "青嵐 白渡 南汐 雲澤 龍溪 石門 望江 北陵 臨川 海寧 松原 安平".split(),
    "en": "Northgate Ashford Millbrook Riverton Clearwater Stonebridge Lakeside Fairview Harborough Eastwick".split(),
    "ja": "青葉 白浜 南川 緑町 石坂 海野 松原 北沢 桜丘 西宮".split(),
    "ko": "청솔 백강 남천 운정 석문 해원 송림 북성".split(),
    "de": "Neustein Altenfeld Birkenau Seeheim Lindental Steinbach Waldhofen Grünau".split(),
    "fr": "Valmont Beaulieu Rochefort Montclair Sainte-Aube Villeneuve Clairval".split(),
    "es": "Valdemar Fuentealta Montesol Ribera Villanueva Castelar Puentedo".split(),
    "pt": "Vale Verde|Monte Claro|Ribeirinha|Vila Nova|Serra Alta|Ponte Azul".split("|"),
    "ru": "Северск Заречье Лесной Приморск Каменка Озёрск Новоград".split(),
}
_PEOPLE = {
    "zh-Hans": "林知远 周晓棠 陈牧之 许文澜 赵一鸣 孙雨薇 何志平 小编 佚名 admin 管理员 本站编辑".split(),
    "zh-Hant": "林知遠 周曉棠 陳牧之 許文瀾 趙一鳴 編輯部 小編 王怡君".split(),
    "en": "Mara Lindqvist|Tom Okafor|Priya Raman|J. Whitfield|Staff Writer|admin|Ellen Marsh|Luis Ferrer".split("|"),
    "ja": "佐野真由|高木亮|編集部|山本|管理人|井上さやか".split("|"),
    "ko": "김서윤 박도현 이하늘 최민재 편집부 관리자".split(),
    "de": "Jana Holt|Markus Reimer|die Redaktion|S. Krüger|Lena Vogt".split("|"),
    "fr": "Claire Morel|Julien Astier|la rédaction|Sophie Bernard|N. Laurent".split("|"),
    "es": "Lucía Vidal|Marcos Serra|Redacción|Elena Campos|J. Romero".split("|"),
    "pt": "Ana Teles|Rui Campos|Redação|Marta Lobo|P. Neves".split("|"),
    "ru": "Анна Белова|Игорь Седов|Редакция|М. Орлова|admin".split("|"),
}
_TOPICS = {
    "zh-Hans": (
        "数据库优化 云计算 旅游攻略 健康饮食 网站建设 机器学习 装修知识 育儿经验 新能源汽车 摄影技巧 网络安全"
    ).split(),
    "zh-Hant": "資料庫 雲端運算 旅遊攻略 健康飲食 網站設計 機器學習 親子教養 攝影技巧 資訊安全".split(),
    "en": (
        "database tuning|cloud costs|travel tips|healthy cooking|web design|machine learning|home repair|privacy"
    ).split("|"),
    "ja": "データベース クラウド 旅行 料理 機械学習 子育て 写真 セキュリティ".split(),
    "ko": "데이터베이스 클라우드 여행 요리 인공지능 육아 사진 보안".split(),
    "de": "Datenbanken Wolkenkosten Reisen Kochen Garten Fotografie Datenschutz Technik".split(),
    "fr": "bases de données|voyage|cuisine|jardin|photographie|sécurité|santé".split("|"),
    "es": "bases de datos|viajes|cocina|jardín|fotografía|seguridad|salud".split("|"),
    "pt": "bancos de dados|viagens|cozinha|jardim|fotografia|segurança|saúde".split("|"),
    "ru": "базы данных|путешествия|кулинария|сад|фотография|безопасность|здоровье".split("|"),
}
_HEADLINES = {
    "zh-Hans": (
        "{t}入门：从零开始的{n}个步骤",
        "{p}发布{t}新规，{n}月起施行",
        "为什么{t}总是出错？",
        "{t}的{n}个常见误区",
    ),
    "zh-Hant": ("{t}新手指南：{n}個步驟", "{p}公布{t}新制，{n}月上路", "為什麼{t}總是出錯？", "{t}的{n}個迷思"),
    "en": (
        "{n} things nobody tells you about {t}",
        "{p} changes its rules on {t}",
        "Why {t} keeps going wrong",
        "A beginner's guide to {t}",
    ),
    "ja": ("{t}で失敗しない{n}つのコツ", "{p}市、{t}の新ルールを発表", "初めての{t}入門", "{t}はなぜ難しいのか"),
    "ko": ("{t} 초보자를 위한 {n}가지 방법", "{p}시, {t} 새 규정 발표", "{t}, 왜 자꾸 실패할까"),
    "de": (
        "{n} Dinge, die Sie über {t} wissen sollten",
        "{p} ändert die Regeln für {t}",
        "Warum {t} so oft schiefgeht",
    ),
    "fr": ("{n} choses à savoir : {t}", "{p} change ses règles : {t}", "Débuter : {t}, le guide"),
    "es": ("{n} cosas que debes saber sobre {t}", "{p} cambia sus normas: {t}", "Guía para empezar: {t}"),
    "pt": ("{n} coisas que precisa saber sobre {t}", "{p} muda as regras: {t}", "Guia para começar: {t}"),
    "ru": ("{n} вещей, которые нужно знать: {t}", "{p} меняет правила: {t}", "Почему не получается: {t}"),
}
_SERVICES = {
    "zh-Hans": "网站建设 网站优化 SEO推广 开锁 搬家公司 私家侦探 办公家具 发电机出租 钢结构 除甲醛".split(),
    "zh-Hant": "網站設計 搬家公司 徵信社 水電維修 貸款 除甲醛".split(),
    "en": "plumber|locksmith|SEO services|payday loans|roof repair|essay writing|carpet cleaning|escort truck".split(
        "|"
    ),
    "ja": "引越し 水道修理 不用品回収 探偵 外壁塗装".split(),
    "ko": "이사업체 누수탐지 흥신소 대출 폐차".split(),
    "de": "Schlüsseldienst Umzug Rohrreinigung Entrümpelung Kredit".split(),
    "fr": "serrurier plombier déménagement crédit voyance".split(),
    "es": "cerrajero fontanero mudanzas préstamos desatascos".split(),
    "pt": "chaveiro encanador mudanças empréstimos dedetização".split(),
    "ru": "эвакуатор|грузоперевозки|ремонт квартир|займы|натяжные потолки".split("|"),
}
_COMPANY_ENDS = {
    "zh-Hans": ("网络科技有限公司", "文化传媒有限公司", "信息技术股份有限公司"),
    "zh-Hant": ("科技股份有限公司", "文化有限公司"),
    "en": (" Ltd.", " Inc.", " Media Group", " LLC"),
    "ja": ("株式会社", "出版"),
    "ko": (" 주식회사", "미디어"),
    "de": (" GmbH", " AG", " Verlag"),
    "fr": (" SARL", " Médias", " SA"),
    "es": (" S.L.", " Medios", " S.A."),
    "pt": (" Lda.", " Mídia", " S.A."),
    "ru": (" ООО", " Медиа"),
}
_SITE_ENDS = {
    "zh-Hans": ("网", "资讯网", "在线", "日报", "论坛", "博客"),
    "zh-Hant": ("新聞網", "日報", "論壇", "部落格"),
    "en": (" Times", " Daily", " Blog", " Online", ".com"),
    "ja": ("新聞", "ブログ", "ナビ", "速報"),
    "ko": ("신문", "블로그", "뉴스"),
    "de": ("er Zeitung", " Online", "-Blog"),
    "fr": (" Info", " Matin", " le blog"),
    "es": (" Noticias", " Diario", " Blog"),
    "pt": (" Notícias", " Diário", " Blog"),
    "ru": (" Ньюс", " Онлайн", " блог"),
}
_SYLLABLES = "ka lo mi ren tu vas nor del qui sho bra zen pol tir ame".split()


def _of(table: dict[str, tuple[str, ...] | list[str]] | dict[str, list[str]] | dict[str, tuple[str, ...]]) -> Filler:
    return lambda random, language: random.choice(table[language])


def _digits(random: Random, count: int) -> str:
    return "".join(str(random.randrange(10)) for _ in range(count))


def _year(random: Random, language: str) -> str:
    return str(random.randint(2003, 2026))


def _brand(random: Random, language: str) -> str:
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
    form = random.choice(_HEADLINES[language])
    return form.format(t=random.choice(_TOPICS[language]), p=random.choice(_PLACES[language]), n=random.randint(3, 12))


def _title(random: Random, language: str) -> str:
    return _headline(random, language)


def _place_and(ends: dict[str, tuple[str, ...]]) -> Filler:
    def name(random: Random, language: str) -> str:
        start = random.choice(_PLACES[language]) if random.random() < 0.6 else _brand(random, language)
        return start + random.choice(ends[language])

    return name


def _address(random: Random, language: str) -> str:
    place = random.choice(_PLACES[language])
    if language in _CHINESE:
        return f"{place}市{random.choice(_PLACES[language])}路{random.randint(1, 900)}号{random.randint(1, 30)}层"
    return f"{random.randint(1, 300)} {place}, {_digits(random, 5)}"


FILLERS: dict[str, Filler] = {
    "icp": icp,
    "police": _police,
    "licence": _licence,
    "date": _date,
    "time": _time,
    "year": _year,
    "years": _years,
    "person": _of(_PEOPLE),
    "site": _place_and(_SITE_ENDS),
    "company": _place_and(_COMPANY_ENDS),
    "brand": _brand,
    "city": _of(_PLACES),
    "service": _of(_SERVICES),
    "topic": _of(_TOPICS),
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
