"""WeChat's own emoticons, `[微笑]`, `[Smile]` or `/::)`, as emoji (PROTOCOL section 4, tables that clients share).

For drawing only: what is stored and copied keeps the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TABLE: Final = """
    😀 微笑 Smile /::)
    😕 撇嘴 Grimace /::~
    😍 色 Drool /::B
    😳 发呆 發呆 Scowl /::|
    😎 得意 CoolGuy /:8-)
    😭 流泪 流淚 Sob /::<
    😊 害羞 Shy /::$
    🤐 闭嘴 閉嘴 Silent /::X
    😴 睡 Sleep /::Z
    😢 大哭 Cry /::'(
    😅 尴尬 尷尬 Awkward /::-|
    😡 发怒 發怒 怒 Angry /::@
    😜 调皮 調皮 Tongue /::P
    😁 呲牙 Grin /::D
    😮 惊讶 驚訝 Surprise /::O
    🙁 难过 難過 Frown /::(
    🤠 酷 Ruthless /::+
    😰 囧 冷汗 Blush /:--b /:-b
    😫 抓狂 Scream /::Q
    🤮 吐 Puke /::T
    🤭 偷笑 Chuckle /:,@P
    😌 愉快 可爱 Joyful /:,@-D
    🙄 白眼 Slight /::d
    😤 傲慢 Smug /:,@o
    🤤 饥饿 飢餓 Hungry /::g
    😪 困 累 Drowsy /:|-)
    😱 惊恐 驚恐 Panic /::!
    😓 流汗 汗 Sweat /::L
    😃 憨笑 Laugh /::>
    🪖 悠闲 悠閒 大兵 Commando Loafer /::,@
    💪 奋斗 奮鬥 Determined Strive /:,@f
    🤬 咒骂 咒罵 Scold /::-S
    ❓ 疑问 疑問 Shocked Doubt /:?
    🤫 嘘 噓 Shhh /:,@x
    😵 晕 暈 Dizzy /:,@@
    🤪 疯了 瘋了 折磨 Tormented /::8
    😩 衰 Toasted BadLuck /:,@!
    💀 骷髅 骷髏 Skull /:!!!
    🔨 敲打 Hammer /:xx
    👋 再见 再見 Wave Bye /:bye
    😥 擦汗 Speechless Relief /:wipe
    👃 抠鼻 摳鼻 NosePick DigNose /:dig
    👏 鼓掌 Clap /:handclap
    😖 糗大了 Shame /:&-(
    😏 坏笑 壞笑 Trick /:B-)
    😾 左哼哼 Bah！L Bah!␠L /:<@
    😾 右哼哼 Bah！R Bah!␠R /:@>
    🥱 哈欠 Yawn /::-O
    😒 鄙视 鄙視 Pooh-pooh Lookdown /:>-|
    🥺 委屈 Shrunken Wronged /:P-(
    😿 快哭了 TearingUp Puling /::'|
    😈 阴险 陰險 Sly /:X-)
    😘 亲亲 親親 Kiss /::*
    😨 吓 嚇 Wrath Uh␠Oh /:@x
    🥹 可怜 可憐 Whimper /:8*
    🔪 菜刀 Cleaver /:pd
    🍉 西瓜 Watermelon Melon /:<W>
    🍺 啤酒 Beer /:beer
    🏀 篮球 籃球 Basketball /:basketb
    🏓 乒乓 PingPong /:oo
    ☕ 咖啡 Coffee /:coffee
    🍚 饭 飯 Rice /:eat
    🐷 猪头 豬頭 Pig /:pig
    🌹 玫瑰 Rose /:rose
    🥀 凋谢 凋謝 枯萎 Wilt /:fade
    👄 嘴唇 示爱 Lips Lip /:showlove
    ❤️ 爱心 愛心 Heart /:heart
    💔 心碎 BrokenHeart /:break
    🎂 蛋糕 Cake /:cake
    ⚡ 闪电 閃電 Lightning /:li
    💣 炸弹 炸彈 Bomb /:bome
    🗡️ 刀 Dagger /:kn
    ⚽ 足球 Soccer /:footb
    🐞 瓢虫 甲蟲 Ladybug /:ladybug
    💩 便便 Poop /:shit
    🌙 月亮 Moon /:moon
    ☀️ 太阳 太陽 Sun /:sun
    🎁 礼物 禮物 Gift /:gift
    🤗 拥抱 擁抱 Hug /:hug
    👍 强 強 ThumbsUp Strong /:strong
    👎 弱 ThumbsDown Weak /:weak
    🤝 握手 Shake /:share
    ✌️ 胜利 勝利 Peace Victory /:v
    🙏 抱拳 Fight Salute /:@)
    👉 勾引 Beckon /:jj
    👊 拳头 拳頭 Fist /:@@
    🤏 差劲 差勁 Pinky /:bad
    🤟 爱你 愛你 RockOn /:lvu
    🙅 NO Nuh-uh /:no
    👌 OK /:ok
    💑 爱情 愛情 InLove /:love
    😚 飞吻 飛吻 Blowkiss BlowKiss /:<L>
    🐧 跳跳 Waddle Jump /:jump
    🥶 发抖 發抖 Tremble Shiver /:shake
    😠 怄火 慪火 Aaagh! /:<O>
    💃 转圈 轉圈 Twirl Circle /:circle
    🙇 磕头 磕頭 Kotow /:kotow
    🎭 回头 回頭 Dramatic Turn /:turn
    🤸 跳绳 跳繩 JumpRope Skip /:skip
    🏳️ 投降 挥手 Surrender /:oY
    🎉 激动 激動 Hooray /:#-0
    🕺 乱舞 亂舞 街舞 Meditate HeyHey /:hiphot
    😗 献吻 獻吻 Smooch /:kiss
    ☯️ 左太极 左太極 TaiChi␠L /:<&
    ☯️ 右太极 右太極 TaiChi␠R /:&>
    😄 嘿哈 Hey
    🤦 捂脸 捂臉 Facepalm
    😼 奸笑 Smirk
    🧠 机智 機智 Smart
    😟 皱眉 皺眉 Concerned Moue
    ✌️ 耶 歐耶 Yeah!
    🐔 鸡 雞 Chicken
    🧧 红包 紅包 Packet
    🧧 发 發 Rich
    🀄 福 Blessing
    🕯️ 蜡烛 蠟燭 Candle
    😆 笑脸 笑臉 Happy
    🤒 生病 Sick
    ☺️ 脸红 臉紅 Flushed
    😂 破涕为笑 破涕為笑 Lol
    😧 恐惧 恐懼 Terror
    😞 失望 Let␠Down LetDown
    😑 无语 無語 Duh
    🍿 吃瓜 Onlooker
    ✊ 加油 GoForIt KeepFighting
    😅 Sweats
    😲 天啊 OMG
    🤔 Emm
    🫡 社会社会 社會社會 Respect
    🐶 旺柴 Doge
    👌 好的 NoProb
    🤕 打脸 打臉 MyBad
    😯 哇 Wow
    🙄 翻白眼 Boring
    🤙 666 Awesome
    👀 让我看看 讓我看看 LetMeSee
    😮‍💨 叹气 嘆氣 Sigh
    🥲 苦涩 苦澀 Hurt
    🫠 裂开 裂開 Broken
    🙏 合十 Worship
    🎊 庆祝 慶祝 Party
    🎆 烟花 煙花 Fireworks
    🧨 爆竹 Firecracker
"""
"""In each row an emoji, the words that stand in brackets for it (`␠` for a space), the codes of old clients."""


def _rows() -> Iterator[tuple[str, list[str]]]:
    for row in _TABLE.strip().splitlines():
        emoji, *names = row.split()
        yield emoji, [name.replace("␠", " ") for name in names]


def bracketed() -> Iterator[tuple[str, list[str]]]:
    """Yield each emoji, and the words that stand in brackets for it, Chinese first."""
    for emoji, names in _rows():
        yield emoji, [name for name in names if not name.startswith("/:")]


def _read_table() -> dict[str, str]:
    return {name if name.startswith("/:") else f"[{name}]": emoji for emoji, names in _rows() for name in names}


EMOTICONS: Final = _read_table()
"""`[微笑]`, `[Smile]`, `/::)` → emoji."""


def _code_pattern() -> str:
    """Return a pattern of the old codes; a code that ends in a letter or digit must not go on as a word or a path."""
    codes = sorted((name for name in EMOTICONS if name.startswith("/:")), key=len, reverse=True)
    words = "|".join(re.escape(code) for code in codes if code[-1].isalnum())
    signs = "|".join(re.escape(code) for code in codes if not code[-1].isalnum())
    return rf"(?:{words})(?![0-9A-Za-z_=-]|/[^:]|\.[0-9A-Za-z])|(?:{signs})"


_ADDRESS: Final = r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[!-Z\\^-~]*"
_PATH: Final = r"(?:/[0-9A-Za-z_.%~+-]+)+/[!-Z\\^-~]*"
# Text, so that `re` compiles it when it is first wanted.
_FOUND: Final = rf"{_ADDRESS}|{_PATH}|\[[^\[\]\n]{{1,16}}\]|{_code_pattern()}"


def show_emoticons(text: str) -> str:
    """Return a text with WeChat's emoticons as emoji; what is not in the table stays as it is.

    Addresses (`http://host/:v`) and paths of more than one part (`/api/users/:no`) are left alone.
    """
    return re.sub(_FOUND, _emoji, text) if "[" in text or "/:" in text else text


def _emoji(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith("[") and found not in EMOTICONS:
        return f"[{show_emoticons(found[1:-1])}]"
    return EMOTICONS.get(found, found)
