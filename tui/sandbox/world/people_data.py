"""The people and groups of the built-in world, and the syllables that larger worlds are named from."""

from __future__ import annotations

from tui.sandbox.world.people import SELF, GroupMember, Partner
from tui.wire.names import FILEHELPER, ContactFlag

ECHO = "echo"
SLOW = "slow"
RECALLER = "recaller"
BUSY_GROUP = "busy"
PROJECT_GROUP = "project"
GONE_GROUP = "oldclass"
REQUESTS = "fmessage"

_STARRED = int(ContactFlag.CONTACT | ContactFlag.CHAT | ContactFlag.STARRED)
_PINNED = int(ContactFlag.CONTACT | ContactFlag.CHAT | ContactFlag.PINNED)
_CHAT_ONLY = int(ContactFlag.CHAT)


def _spelled(pinyin: str, contact: Partner) -> Partner:
    """Fill in both pinyin fields from syllables."""
    contact.pinyin = pinyin.replace(" ", "")
    contact.initials = "".join(part[0] for part in pinyin.split()).upper()
    return contact


def _group(pinyin: str, group: Partner, *members: GroupMember) -> Partner:
    group.is_group = True
    group.members = [GroupMember(SELF), *members]
    group.flags = _CHAT_ONLY
    group.owner = members[0].key
    return _spelled(pinyin, group)


def people() -> list[Partner]:
    """Return everybody of the built-in world, oneself first."""
    mum = Partner("mum", "岁月静好", remark="妈妈", sex=2, flags=_PINNED, remark_initials="MM", remark_pinyin="mama")
    zhao = Partner("zhaomin", "赵敏", remark="赵敏-财务", sex=2)
    zhao.remark_initials, zhao.remark_pinyin = "ZMCW", "zhaomincaiwu"
    return [
        _spelled("lin xiao man", Partner(SELF, "林小满", sex=2, signature="慢慢来", province="浙江")),
        _spelled("zhang san", Partner("zhangsan", "张三", sex=1, province="北京", alias="zs_1988")),
        _spelled("li si", Partner("lisi", "李四", sex=1, province="上海", flags=_STARRED)),
        _spelled("wang wei", Partner("wangwei1", "王伟", sex=1, province="山东", city="济南")),
        _spelled("wang wei", Partner("wangwei2", "王伟", sex=1, province="四川", city="成都")),
        _spelled("sui yue jing hao", mum),
        _spelled("Alice", Partner("alice", "Alice", sex=2, alias="alice.liddell", signature="Curiouser!")),
        _spelled("Bob Miller", Partner("bob", "Bob Miller", sex=1, remark="Bob (NY office)", province="New York")),
        _spelled("Tom Jerry", Partner("tomjerry", "Tom &amp; Jerry", sex=1, signature="&lt;cheese&gt;")),
        _spelled("xiao mao", Partner("kitty", '小猫<span class="emoji emoji1f431"></span>', sex=2)),
        _spelled("zhao min", zhao),
        _spelled("liu yang", Partner("liuyang", "刘洋", sex=1, province="湖北", city="武汉")),
        _spelled("hui sheng", Partner(ECHO, "回声", signature="你说什么我就说什么")),
        _spelled("man tun tun", Partner(SLOW, "慢吞吞", signature="马上回你")),
        _spelled("hou hui yao", Partner(RECALLER, "后悔药", signature="刚才那句不算")),
        _spelled("xin tong shi xiao zhou", Partner("stranger", "新同事小周", saved=False, flags=0)),
        _spelled("mei ri ke ji", Partner("daily", "每日科技", verify_flag=24, alias="daily_tech")),
        _spelled("wen jian chuan shu zhu shou", Partner(FILEHELPER, "文件传输助手", flags=_CHAT_ONLY)),
        _spelled("peng you tui jian xiao xi", Partner(REQUESTS, "朋友推荐消息", flags=_CHAT_ONLY)),
        _spelled("wei xin tuan dui", Partner("weixin", "微信团队", verify_flag=56)),
    ]


def groups() -> list[Partner]:
    """Return the groups of the built-in world; oneself is in all of them."""
    zhou = GroupMember("stranger", '小周<span class="emoji emoji1f331"></span>')
    return [
        _group(
            "xiang mu qun",
            Partner(PROJECT_GROUP, "项目群"),
            GroupMember("zhangsan", "张三（组长）"),
            GroupMember("lisi"),
            GroupMember("alice", "Alice @QA"),
            zhou,
        ),
        _group("yi jia ren", Partner("family", "一家人"), GroupMember("mum"), GroupMember("liuyang", "表哥")),
        _group(
            "re nao qun",
            Partner(BUSY_GROUP, "热闹群"),
            *(GroupMember(key) for key in ("bob", "kitty", "liuyang", "tomjerry", "wangwei2")),
        ),
        _group(
            "du shu hui cha",
            Partner("reading", "读书会 &amp; 茶", muted=True),
            *(GroupMember("zhaomin"), GroupMember("alice"), GroupMember("kitty", "茶&lt;br/&gt;壶")),
        ),
        _group(
            "Climbing Crew",
            Partner("climbing", "Climbing Crew", saved=False),
            GroupMember("bob", "Bob"),
            GroupMember("alice"),
        ),
        _group("", Partner("nameless", "", saved=False), GroupMember("wangwei1"), GroupMember("lisi")),
        _group("jiu tong xue qun", Partner(GONE_GROUP, "旧同学群", gone=True), GroupMember("liuyang")),
    ]


RECENT = (
    *("mum", PROJECT_GROUP, FILEHELPER, "zhangsan", "lisi", "alice", BUSY_GROUP, "reading", "climbing", "nameless"),
    *("family", "daily", ECHO, SLOW, RECALLER, "weixin"),
)
"""Order of the sidebar at login (`ChatSet`)."""


def _pairs(text: str) -> list[tuple[str, str]]:
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


SURNAMES = _pairs(
    "陈 chen 杨 yang 黄 huang 周 zhou 吴 wu 徐 xu 孙 sun 马 ma 朱 zhu 胡 hu 郭 guo 何 he 高 gao 罗 luo 郑 zheng "
    "梁 liang 谢 xie 宋 song 唐 tang 许 xu"
)
SYLLABLES = _pairs(
    "子 zi 涵 han 雨 yu 桐 tong 浩 hao 然 ran 欣 xin 怡 yi 宇 yu 轩 xuan 思 si 远 yuan 佳 jia 琪 qi 志 zhi 强 qiang "
    "建 jian 国 guo 秀 xiu 英 ying 明 ming 辉 hui 晓 xiao 东 dong 静 jing 雯 wen 梓 zi 萱 xuan"
)
ENGLISH_FIRST = ["Emma", "Noah", "Olivia", "Liam", "Ava", "Lucas", "Mia", "Ethan", "Zoë", "José", "Søren", "Anaïs"]
ENGLISH_LAST = ["Smith", "O&#39;Brien", "Garcia", "Kim", "Nguyen", "Müller", "Rossi", "Novak", "Silva", "Dubois"]
TOPICS = _pairs(
    "同学会 tongxuehui 羽毛球 yumaoqiu 值班群 zhibanqun 拼车群 pinchequn 产品讨论 chanpintaolun 业主群 yezhuqun "
    "Release Release Boardgames Boardgames"
)
