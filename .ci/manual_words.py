"""Words of the man pages that stand in no table of the program: (English, Chinese)."""

from __future__ import annotations

from typing import Final

from tui.paths import LOG, SESSION, SOCKET

Both = tuple[str, str]

COMMANDS: Final = ("User commands", "用户命令")
FORMATS: Final = ("File formats", "文件格式")
NAME: Final = ("NAME", "名称")
SYNOPSIS: Final = ("SYNOPSIS", "概要")
DESCRIPTION: Final = ("DESCRIPTION", "说明")
RISK: Final = ("RISK TO YOUR ACCOUNT", "账号风险")
OPTIONS: Final = ("OPTIONS", "选项")
SUBCOMMANDS: Final = ("COMMANDS", "命令")
TARGETS: Final = ("TARGET", "TARGET：发送对象")
SLASH: Final = ("SLASH COMMANDS", "斜杠命令")
KEYS: Final = ("KEYS", "按键")
EXIT_STATUS: Final = ("EXIT STATUS", "退出码")
ENVIRONMENT: Final = ("ENVIRONMENT", "环境变量")
FILES: Final = ("FILES", "文件")
EXAMPLES: Final = ("EXAMPLES", "示例")
SEE_ALSO: Final = ("SEE ALSO", "另见")
SETTINGS: Final = ("SETTINGS", "设置项")
NOTIFY: Final = ("[notify]", "[notify]")
HOOKS: Final = ("[hooks]", "[hooks]")
KEY_IDS: Final = ("[keys]", "[keys]")

PROGRAM: Final = ("WeChat in the terminal: a full-screen client and commands", "终端里的微信：全屏客户端和命令")
SETTINGS_OF: Final = ("settings of wxtui", "wxtui 的设置文件")

GLOBAL_OPTIONS: Final = (
    "Every command takes these options too, before or behind its name; of --json, --profile, --server and --endpoint "
    "the last one counts.",
    "每个命令也都接受这些选项，写在命令名之前或之后均可；--json、--profile、--server 和 --endpoint 以最后一个为准。",
)
TARGET: Final = (
    "TARGET is a UserName or id:N as lists show them, or a remark or name, or a unique part of one or of its pinyin; "
    "wxtui never guesses. A contact whose name is filehelper or id:7 needs a backslash before it. filehelper is File "
    "Transfer, one's own phone.",
    "TARGET 可以是列表中显示的 UserName 或 id:N，也可以是备注、名称，或其中能唯一确定的一部分，或其拼音的一部分；"
    "wxtui 从不猜测。名字正好叫 filehelper 或 id:7 的联系人，前面要加反斜杠。"
    "filehelper 是文件传输助手，即你自己的手机。",
)
SLASH_INTRO: Final = (
    "Typed in the input of the full-screen client, and completed with Tab. A number means one's own messages: 1 is the "
    "last. An unknown command is never sent; // sends a slash.",
    "在全屏客户端的输入栏中输入，按 Tab 补全。数字指自己发出的消息：1 是最后一条。"
    "未知命令不会被发送；// 发送一个斜杠。",
)
ALSO: Final = ("Also: {names}.", "也可写作：{names}。")
KEY: Final = ("Keys: {keys}.", "按键：{keys}。")
OF_KEYS: Final = ("{keys}: {help}", "{keys}：{help}")
KEYS_INTRO: Final = (
    "Keys by default; wxtui-config(5) tells how to change them. F1 shows those of the screen that is open.",
    "以下为默认按键；修改方法见 wxtui-config(5)。按 F1 可查看当前界面的按键。",
)
CONFIG_INTRO: Final = (
    "config.toml is read at the start. It need not exist, and every setting has a default: wxtui config init writes "
    "one with all of them, wxtui config show says what counts and where it comes from, wxtui config check tells all "
    "mistakes at once, each with its line; so do the start, wxtui doctor and wxtui status. In the full-screen client "
    "/set shows the settings, and changes one in the file and at once.",
    "config.toml 在启动时读取。它可以不存在，每个设置项都有默认值：wxtui config init 写出含有全部设置项的文件，"
    "wxtui config show 说明当前的值及其来源，wxtui config check 一次性列出所有错误并注明行号；启动时、wxtui doctor "
    "和 wxtui status 也会说明。在全屏客户端中，/set 显示各项设置，也可以修改某一项，同时写入文件并立即生效。",
)
CONFIG_VARIABLES: Final = (
    "A setting with a variable is overridden by it. Values are written there without quotes.\n\n"
    "WXTUI_PROXY counts first, then proxy in the file, then HTTPS_PROXY and ALL_PROXY, which are said to all programs. "
    "Hosts in NO_PROXY, and this machine, are reached without a proxy in each case. The password in an address is "
    "shown nowhere. While proxy cannot be read nothing is sent: wxtui does not go around it.",
    "标有环境变量的设置项会被该变量覆盖；变量中的值不加引号。\n\n"
    "代理以 WXTUI_PROXY 为先，其次是文件里的 proxy，再次是面向所有程序的 HTTPS_PROXY 和 ALL_PROXY。"
    "NO_PROXY 里的主机和本机始终直接连接。地址里的密码不会显示在任何地方。"
    "proxy 无法读取时什么也不发送：wxtui 不会绕过代理。",
)
MUST_BE: Final = ("Value: {what}.", "值：{what}。")
DEFAULT: Final = ("Default: {value}.", "默认值：{value}。")
NO_DEFAULT: Final = ("Not set by default.", "默认不设置。")
VARIABLE: Final = ("Variable: {name}.", "环境变量：{name}。")
NEXT_START: Final = ("Takes effect at the next start.", "下次启动时生效。")
NOTIFY_INTRO: Final = (
    "What rings, by the kind of conversation: all, mentions or none.",
    "按会话类型决定提醒范围：all（全部）、mentions（仅提到我）或 none（不提醒）。",
)
HOOKS_INTRO: Final = (
    "Commands that run when something happens; each reads one JSON object on its standard input. "
    "The value is a command line, or a list of words. No shell runs it.",
    "发生某件事时运行的命令；每个命令从标准输入读取一个 JSON 对象。值为命令行或单词列表，不经过 shell 运行。",
)
KEYS_TABLE: Final = (
    'The id of a command or binding, and its keys: a key like "ctrl+z", or a list of such; '
    "an empty list takes the keys away. An id with a dot needs quotes. These are all ids, with their keys by default:",
    '命令或按键绑定的 id 及其按键：形如 "ctrl+z" 的一个键，或由多个键组成的列表；空列表表示取消按键。'
    "含有点号的 id 要加引号。以下是全部 id 及默认按键：",
)

HOOK_HELP: Final[dict[str, Both]] = {
    "on_message": (
        "Runs for each message that arrives, also in muted conversations; reads the object "
        "that wxtui listen --json prints.",
        "每收到一条消息时运行，包括免打扰的会话；读取的对象与 wxtui listen --json 输出的相同。",
    ),
    "on_mention": ("Runs for messages that mention you; reads the same.", "收到提到你的消息时运行；读取的内容同上。"),
    "on_upload": (
        "Runs for a file that was sent, or failed; reads the object of its message, with upload "
        "(sent, failed, unknown), path and error.",
        "文件发送成功或失败时运行；读取该消息的对象，另有 upload（sent、failed、unknown）、path 和 error。",
    ),
    "on_session_end": (
        "Runs for the end of a session, once, unless you log out; reads time, profile, reason and text.",
        "登录失效时运行一次，主动退出登录除外；读取 time、profile、reason 和 text。",
    ),
}
"""What each hook runs for."""

FILE_HELP: Final[tuple[tuple[str, Both], ...]] = (
    (
        "~/.config/wxtui/config.toml",
        ("Settings of all profiles; see wxtui-config(5).", "所有账号的设置；见 wxtui-config(5)。"),
    ),
    (
        f"~/.local/state/wxtui/PROFILE/{SESSION}",
        (
            "Credentials of the session, mode 0600; wxtui logout deletes them.",
            "登录凭据，权限 0600；wxtui logout 会将其删除。",
        ),
    ),
    (
        "~/.local/state/wxtui/PROFILE/store.sqlite3",
        (
            "Messages and contacts, mode 0600. They stay after a logout.",
            "消息和联系人，权限 0600。退出登录后仍会保留。",
        ),
    ),
    (
        f"~/.local/state/wxtui/PROFILE/{SOCKET}",
        ("Socket of the running wxtui; see wxtui api.", "运行中的 wxtui 的套接字；见 wxtui api。"),
    ),
    (
        f"~/.local/state/wxtui/PROFILE/{LOG}",
        (
            "Log file: what went wrong, without messages, names and secrets; see log in wxtui-config(5). A full one is "
            "moved to wxtui.log.1.",
            "日志文件：记录出了什么问题，不含消息、姓名和密钥；见 wxtui-config(5) 中的 log。写满后移为 wxtui.log.1。",
        ),
    ),
    (
        "~/.cache/wxtui/PROFILE",
        ("Pictures, archives and other files that can be made again.", "图片、压缩包等可以重新生成的文件。"),
    ),
)
"""Files on Linux; macOS has its own places, and `WXTUI_HOME` puts all below one folder."""
FILES_INTRO: Final = (
    "On Linux; on macOS they lie in ~/Library/Application Support/wxtui and ~/Library/Caches/wxtui, and with "
    "WXTUI_HOME all of them below that folder.",
    "以下为 Linux 上的位置；在 macOS 上位于 ~/Library/Application Support/wxtui 和 ~/Library/Caches/wxtui；"
    "设置 WXTUI_HOME 后都在该文件夹之下。",
)
EXAMPLE: Final = """\
wxtui login
wxtui send filehelper build.log -m "done"
id=$(wxtui send 张三 -m "deploying" | cut -f1)
./deploy || wxtui revoke "$id"
journalctl -u app | wxtui send filehelper - --name app.log
wxtui run filehelper --log -- make deploy
"""
SETTING_MORE: Final[dict[str, Both]] = {
    "theme": ("auto and terminal: the terminal's own colors", "auto 和 terminal：沿用终端自己的配色"),
    "desktop_notices": ("by OSC 9, 99 or 777, where the terminal knows one", "通过终端支持的 OSC 9、99 或 777"),
    "window_title": ("like wxtui (3, @1)", "形如 wxtui (3, @1)"),
    "links": ("none where a terminal is known to have none", "已知不支持链接的终端上没有"),
    "list": ("two from 100 columns on", "100 列起为两行"),
    "fold_official": ("微信团队, 服务通知 and their like too", "也包括微信团队、服务通知等"),
    "endpoint": ("without --endpoint", "未指定 --endpoint 时"),
    "proxy": (
        "or socks5h://127.0.0.1:1080, http://name:password@host:8080",
        "none 为直连；也可写 socks5h://127.0.0.1:1080、http://用户名:密码@主机:8080",
    ),
    "keep": ("nothing: only while wxtui runs", "nothing：仅在 wxtui 运行期间"),
    "send_pause": ("0: none", "0 为不停顿"),
    "open_command": (
        "{} is the file; without it, the desktop's program",
        "{} 代表文件；不设置时用桌面的默认程序",
    ),
    "open_in_terminal": ("true for timg, chafa and their like", "timg、chafa 等程序设为 true"),
    "play_command": (
        "audio files too; else mpv, ffplay, afplay or paplay",
        "也用于音频文件；不设置时用 mpv、ffplay、afplay 或 paplay",
    ),
    "picture_cache": ("the least used go first", "最久未用的先删除"),
    "mentions_all": ("@所有人 too", "也包括 @all"),
    "quiet": ('several with commas between; "" for none', '多段用逗号分隔；"" 表示没有'),
}
"""Setting → what is to be said beside its help."""
TABLE_EXAMPLES: Final = {
    "notify": """person = "all"
group = "mentions"
official = "none"
service = "none"              # 微信团队, 服务通知 and their like""",
    "hooks": """on_message = "~/bin/on-message"
on_session_end = ["mail-me", "wxtui: the session has ended"]""",
    "keys": """revoke = "f8"
"pane.next" = ["tab", "f6"]""",
}
"""Setting that is a table → an example."""
