"""Everything that can go wrong, as one tree; each class is one sentence for a person and one exit code.

WxtuiError ................... 1
├── UsageError ............... 2   the command line makes no sense · SettingsWrong · ApiMisused
├── NotUsable ................ 3   no session, or it is over
│   ├── NotLoggedIn, NotConnected, WrongServer, RiskUntold
│   ├── SessionOver          LoggedOutOnPhone · LoggedInElsewhere · CookieInvalid
│   └── LoginFailed          LoginBarred · LoginExpired · LoggedOutAtOnce
├── TargetError .............. 4   TargetUnknown · TargetAmbiguous · TargetsWrong
│                              HistoryAmbiguous (HistoryUncertain · ContactsMissing)
├── Refused .................. 5   nothing was sent
│   ├── EmptyText · BadText · TextTooLong · GroupUnfit · RemarkRefused
│   └── FileRefused          FileMissing · FileUnreadable · NotAFile (IsAFolder) · FileEmpty · FileWithoutSize ·
│                            BadFileName · NameTooLong · FileTooLarge · FileChanged (FileReplaced) ·
│                            FolderUnreadable · FolderChanged · ZipUnable · ArchiveTooLarge · SecretInFolder
├── PartlyDone ............... 6
├── ServerRefused ............ 1   the server answered with a Ret code
│   └── BadParameter · ServerFault · BadTicket · GroupGone · LoginEnvironment · TooFrequent · RevokeRefused ·
│       GroupChangeRefused · RequestRefused
├── NetworkError ............. 1   Unreachable · TimedOut · ConnectionBroken · BadAnswer · MediaUnusable ·
│                              MediaOfWrongSize
├── PictureUnusable .......... 1   a picture that cannot be drawn · DecoderMissing
├── UploadLost ............... 1   the server has no contents of a file: nothing was sent
├── DeliveryUnknown .......... 1   the request left, the answer did not come
├── RevokeUnknown ............ 1   the request that takes a message back left, the answer did not come
├── NoFriendRequest · AlreadyFriends · RequestAnswered · RequestOutOfReach ..... 1
├── ChangeUnknown ............ 1   the request that changes a contact or a group left, the answer did not come
│                                  GroupUnknown
├── MembersLeftOut ........... 1   nobody was taken into a group
├── MessageUnknown (RowUnknown) · NothingToRevoke · NotRevocable · NotYours · AlreadyRevoked · BeingRevoked ·
│   RevokeTooLate · NotForwardable · NothingToSave · NothingStored · NothingArrived ........... 1
├── LocalError ............... 1   OutputFailed · ProfileBusy (BusyBriefly) · StoreBroken · StoreTooNew · HomeUnusable
│   │                             StoreDamaged · StoreSetAside · SearchMissing · ExportRefused · FolderUnusable ·
│   │                             ImportRefused (ImportTooNew · PassphraseWrong) · ProfileUnknown · ProfileTaken ·
│   │                             CipherMissing · PackageMissing · NoRoom · JoinRefused · EnvironmentUnusable ·
│   │                             EnvironmentIgnored · SettingsExist · NoHome · HookFailed · HookTooSlow ·
│   │                             ProgramMissing (127) · ProgramUnusable (126)
│   └── OwnerError           OwnerSilent · OwnerGarbled · OwnerStalled · OwnerGone · OwnerDiffers · OwnerRefused ·
│                            GivenUp · ApiTooOld
└── Unexpected · BrokenDown .. 70  a mistake of ours

A sentence is a template with named facts, so that it is translated before it is filled in. Facts are shown to people:
never pass a token, a cookie, a ticket or a whole URL. A fact that a class has and its sentence does not use is named in
`carries`; a test compares every place that makes an error with the facts of its class.

A long file, kept whole: classes of two lines, which are read, compared and translated as one table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

UNTOLD: Final = "?"
"""Placeholder in a sentence for a fact that nobody gave."""


def N_(text: str) -> str:
    """Mark a sentence for translation; `tui.i18n` looks it up where it is shown."""
    return text


class _Told(dict[str, object]):
    """Facts for a template; a missing fact is logged by its name, and the rest of the sentence is kept."""

    def __missing__(self, name: str) -> str:
        _log(f"a sentence lacks its fact {name!r}")
        return UNTOLD


def filled(template: str, facts: Mapping[str, object]) -> str:
    """Return the template with its facts filled in. Never raises: an error must not hide behind its own sentence."""
    try:
        return template.format_map(_Told(facts))
    except Exception as error:
        # A fact of another type than its place wants, or a translation with a wrong brace.
        _log(f"a sentence cannot be filled in ({type(error).__name__}): {template!r}")
        return template


def fields(template: str) -> frozenset[str]:
    """Return the names of the facts in a template."""
    from string import Formatter

    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def _log(complaint: str) -> None:
    import logging

    logging.getLogger("wxtui.errors").error("%s", complaint)


class Phrase:
    """A reason inside a sentence: a template with facts of its own, translated before it is put in."""

    __slots__ = ("facts", "template")

    def __init__(self, template: str, /, **facts: object) -> None:
        self.template = template
        self.facts = facts

    def __str__(self) -> str:
        return filled(self.template, self.facts)

    def cut(self, longest: int) -> Phrase:
        """Return it with each text among its facts, and theirs, no longer than so many characters."""
        facts: dict[str, object] = {}
        for name, fact in self.facts.items():
            is_long = isinstance(fact, str) and len(fact) > longest
            facts[name] = (
                fact.cut(longest) if isinstance(fact, Phrase) else f"{fact!s:.{longest}}…" if is_long else fact
            )
        return type(self)(self.template, **facts)


_TWO: Final = "{one} {other}"


def together(phrases: Sequence[Phrase]) -> Phrase:
    """Return several whole sentences as one reason."""
    last, *before = reversed(phrases)
    for one in before:
        last = Phrase(_TWO, one=one, other=last)
    return last


class WxtuiError(Exception):
    """Root of the tree: `sentence` says what is wrong, `advice` what to do about it."""

    sentence: ClassVar[str] = N_("Something went wrong.")
    advice: ClassVar[str] = ""
    advice_on_screen: ClassVar[str] = ""
    """Advice where the full-screen program says the error, if there it is another one."""
    exit_code: ClassVar[int] = 1
    carries: ClassVar[frozenset[str]] = frozenset()
    """Facts that a caller may give though the sentence does not say them; for code, not for people."""

    def __init__(self, /, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    @property
    def code(self) -> str:
        """Stable name for scripts, the class's own."""
        return type(self).__name__

    @property
    def lacks(self) -> frozenset[str]:
        """Return the names of the facts in its sentence or advice that nobody gave; any is a mistake in wxtui."""
        return (fields(self.sentence) | fields(self.advice) | fields(self.advice_on_screen)) - self.facts.keys()

    @property
    def said(self) -> Phrase:
        """The sentence alone, without the advice."""
        return Phrase(self.sentence, **self.facts)

    def __str__(self) -> str:
        return f"{self.said} {filled(self.advice, self.facts)}".strip()


class UsageError(WxtuiError):
    """The command line or a setting makes no sense; `why` is a whole sentence."""

    sentence = "{why}"
    exit_code = 2


class SettingsWrong(UsageError):
    """`config.toml` or a variable makes no sense; `why` says all mistakes, `mistakes` has a sentence for each."""

    carries = frozenset({"mistakes"})

    @property
    def mistakes(self) -> tuple[Phrase, ...]:
        """Each mistake, a whole sentence."""
        found = self.facts.get("mistakes")
        return found if isinstance(found, tuple) else (self.said,)


# ---------------------------------------------------------------- session


class NotUsable(WxtuiError):
    """There is no session that could be used."""

    exit_code = 3


class NotLoggedIn(NotUsable):
    """No session is stored for this profile."""

    sentence = N_("Profile “{profile}” is not logged in.")
    advice = N_("Run: wxtui login")
    advice_on_screen = N_("/login logs in.")


class NotConnected(NotUsable):
    """There is a profile, but no session that is in use just now."""

    sentence = N_("Not connected to WeChat right now.")
    advice = N_("You can still write; texts are sent once wxtui is connected.")


class WrongServer(NotUsable):
    """The stored session belongs to another server or variant than the one asked for."""

    sentence = N_("The session of profile “{profile}” belongs to {theirs}, not to {asked}.")
    advice = N_("Log in there under another name: wxtui --profile NAME login")


class RiskUntold(NotUsable):
    """A first login to the web version waits until its person has heard, and taken, the risk to the account."""

    sentence = N_("You have not logged in to the web version yet: first read what may happen to your account.")
    advice = N_("Run: wxtui login")
    advice_on_screen = N_("/login tells it.")


class SessionOver(NotUsable):
    """The server ended the session (PROTOCOL section 4)."""

    sentence = N_("The server says this session has ended.")
    advice = N_("Run: wxtui login")
    advice_on_screen = N_("/login logs in.")
    carries = frozenset({"ret", "call", "message"})


class LoggedOutOnPhone(SessionOver):
    """Ret or retcode 1100."""

    sentence = N_("This session was logged out, from the phone or by the server.")


class LoggedInElsewhere(SessionOver):
    """Ret or retcode 1101."""

    sentence = N_("This session ended: the account logged in elsewhere, or the session expired.")


class CookieInvalid(SessionOver):
    """Ret or retcode 1102."""

    sentence = N_("The server no longer accepts this session's cookies.")


class LoginFailed(NotUsable):
    """A login failed; `why` is the server's reason, or wxtui's."""

    sentence = N_("The login failed: {why}")
    advice = N_("Try again: wxtui login")
    carries = frozenset({"why"})


class LoginBarred(LoginFailed):
    """newloginpage ret 1203: the account may not use the web version."""

    sentence = N_("This account is not allowed to use the web version of WeChat.")
    advice = N_("File Transfer works for every account: wxtui --endpoint filehelper login")


class LoginExpired(LoginFailed):
    """Nobody confirmed the QR code in time."""

    sentence = N_("The login was not confirmed in time.")


class LoggedOutAtOnce(LoginFailed):
    """The session ended within its first seconds, as it does for many accounts since 2025."""

    sentence = N_("WeChat ended the session right after the login; this account may be barred from the web version.")
    advice = N_("File Transfer works for every account: wxtui --endpoint filehelper login")


# ---------------------------------------------------------------- target


class TargetError(WxtuiError):
    """A target does not name exactly one conversation."""

    exit_code = 4


class TargetUnknown(TargetError):
    """No conversation matches."""

    sentence = N_("No contact or group matches “{target}”.")
    advice = N_("To look it up: wxtui contacts [QUERY]")
    advice_on_screen = N_("A part of the name is enough, or of its pinyin.")


class HistoryAmbiguous(TargetError):
    """More than one stored conversation answers to a name; `candidates` lists them."""

    sentence = N_("Several stored conversations could be with “{target}”: {candidates}.")
    advice = N_(
        "Give the id:N of the one you mean. Or open the contact in the full-screen client, which asks whose "
        "messages they are."
    )


class HistoryUncertain(HistoryAmbiguous):
    """A single stored conversation may be with a target; `candidates` names it."""

    sentence = N_("A stored conversation may be with “{target}”: {candidates}.")
    advice = N_(
        "Give its id:N if you mean that one. Or open the contact in the full-screen client, which asks whose "
        "messages they are."
    )


class ContactsMissing(HistoryAmbiguous):
    """Contacts of this login have not all come: whose messages are stored is decided when they have."""

    sentence = N_("Not all contacts have been loaded yet. Stored messages that may be with “{target}”: {candidates}.")
    advice = N_("Try again once they are, or give the id:N of the one you mean.")


class TargetAmbiguous(TargetError):
    """More than one conversation matches; `candidates` lists them."""

    sentence = N_("“{target}” matches more than one conversation: {candidates}.")
    advice = N_("Give more of the name or remark, or the UserName shown after each.")


class TargetsWrong(TargetError):
    """Several targets of one command are wrong; `why` says of each what is."""

    sentence = N_("Nothing was sent. {why}")
    advice = N_("To look names up: wxtui contacts [QUERY]")
    advice_on_screen = N_("/goto finds names by a part of them.")


# ---------------------------------------------------------------- refused before sending


class Refused(WxtuiError):
    """wxtui refuses to send this; nothing was sent."""

    exit_code = 5


class EmptyText(Refused):
    """A text of no visible character."""

    sentence = N_("There is no text to send.")
    advice = N_("Give a text with -m, or a file.")


class BadText(Refused):
    """A text that is not UTF-8; its bytes would arrive as something else."""

    sentence = N_("The text is not valid UTF-8.")
    advice = N_("Convert it, or send it as a file.")


class TextTooLong(Refused):
    """A text that no server would take."""

    sentence = N_("The text is longer than {limit}.")
    advice = N_("Send it as a file.")


class GroupUnfit(Refused):
    """A change of a group that no server would take; the server was not asked. `why` is a whole sentence."""

    sentence = "{why}"


class RemarkRefused(Refused):
    """A remark that nobody can have, or for somebody who can have none; WeChat was not asked."""

    sentence = N_("The remark of “{name}” was not changed: {why}.")


class FileRefused(Refused):
    """A file that cannot be sent; `name` is shown."""


class FileMissing(FileRefused):
    """No such file."""

    sentence = N_("No such file: “{name}”.")
    advice = N_("Check the path.")


class FileUnreadable(FileRefused):
    """The file cannot be read."""

    sentence = N_("“{name}” cannot be read: {why}.")
    advice = N_("Check its permissions.")


class NotAFile(FileRefused):
    """A device, a pipe, a socket."""

    sentence = N_("“{name}” is not a regular file.")
    advice = N_("Only files and folders can be sent.")


class IsAFolder(NotAFile):
    """A folder, and nobody said that it is to be packed."""

    sentence = N_("“{name}” is a folder.")
    advice = N_("Send it packed: wxtui send TARGET FOLDER --pack")


class FileEmpty(FileRefused):
    """The file has no byte; WeChat takes no empty files."""

    sentence = N_("“{name}” is empty; WeChat does not take empty files.")
    advice = N_("Nothing was sent.")


class FileWithoutSize(FileRefused):
    """A file whose size is not what can be read from it, as below /proc and /sys."""

    sentence = N_("“{name}” has no fixed size and cannot be sent as a file.")
    advice = N_("Send its current contents: wxtui send TARGET - --name NAME < FILE")


class BadFileName(FileRefused):
    """No name at all, or a directory's."""

    sentence = N_("“{name}” is not a valid file name.")
    advice = N_("Choose another one with --name.")


class NameTooLong(FileRefused):
    """A name that receivers could not save."""

    sentence = N_("The file name “{name}” is longer than {limit} bytes.")
    advice = N_("Choose another one with --name.")


class FileTooLarge(FileRefused):
    """Over the limit of this endpoint and kind."""

    sentence = N_("“{name}” is {size}; the limit for {what} is {limit}.")
    advice = N_("Send it in parts: wxtui send TARGET FILE --split. File Transfer takes files up to 1 GiB.")


class FileChanged(FileRefused):
    """The file changed between hashing and the last byte."""

    sentence = N_("“{name}” changed while it was being uploaded, so it was not sent.")
    advice = N_(
        "Send it again when nothing writes to it, or send its current contents: wxtui send TARGET - --name NAME < FILE"
    )


class FileReplaced(FileChanged):
    """The file is not the one that was queued."""

    sentence = N_("“{name}” changed after it was queued, so it was not sent.")
    advice = N_("Choose it again to send the current version.")


class FolderUnreadable(FileRefused):
    """Something in a folder that is to be packed cannot be read."""

    sentence = N_("“{name}” cannot be read: {why}.")
    advice = N_("Nothing was sent. Check its permissions, or leave it out: --exclude PATTERN")


class FolderChanged(FileRefused):
    """A file was rewritten while it was packed: half of it would be old."""

    sentence = N_("“{name}” changed while it was being packed, so nothing was sent.")
    advice = N_("Try again when nothing writes to it, or leave it out: --exclude PATTERN")


class SecretInFolder(FileRefused):
    """A file in a folder looks like a secret, and the person did not want it packed."""

    sentence = N_("“{name}” looks like a secret, so nothing was sent.")
    advice = N_("Leave it out: --exclude PATTERN")


class ZipUnable(FileRefused):
    """Something that a zip file cannot hold."""

    sentence = N_("“{name}” cannot go into a zip file: {why}.")
    advice = N_("Pack it as tar.gz (--pack), or leave it out: --exclude PATTERN")


class ArchiveTooLarge(FileRefused):
    """An archive has passed the limit of this endpoint while it was written."""

    sentence = N_("“{name}” would be larger than {limit}, the limit for files.")
    advice = N_("Send it in parts (--split), or leave something out: --exclude PATTERN")


# ---------------------------------------------------------------- done in part


class PartlyDone(WxtuiError):
    """Part of a batch was done, the rest was not."""

    sentence = N_("{done} of {total} done. {why}")
    exit_code = 6


# ---------------------------------------------------------------- the server said no


class ServerRefused(WxtuiError):
    """An answer with a Ret code that is not 0 (PROTOCOL section 5); `ret`, and the server's `message` if any."""

    sentence = N_("WeChat refused this (code {ret}).")
    advice = N_("Try again later.")
    carries = frozenset({"ret", "call", "message"})


class BadParameter(ServerRefused):
    """Ret 1; also "not in this chat"."""

    sentence = N_(
        "WeChat did not accept this (code {ret}): something in it is wrong, or you are no longer in this group."
    )
    advice = N_("Check the target with: wxtui contacts")


class ServerFault(ServerRefused):
    """Ret -1 or -2."""

    sentence = N_("WeChat could not do this right now (code {ret}).")


class BadTicket(ServerRefused):
    """Ret -14."""

    sentence = N_("WeChat did not accept this session for it (code {ret}).")
    advice = N_("Log in again: wxtui login --fresh")


class GroupGone(ServerRefused):
    """Ret 1201 (seed 撤回消息)."""

    sentence = N_("This group no longer exists (code {ret}).")
    advice = N_("Nothing was sent.")


class LoginEnvironment(ServerRefused):
    """Ret 1203 outside the login."""

    sentence = N_("WeChat does not trust this login environment (code {ret}).")
    advice = N_("File Transfer works for every account: wxtui --endpoint filehelper login")


class TooFrequent(ServerRefused):
    """Ret 1204 or 1205: wait; sending again at once makes it worse."""

    sentence = N_("WeChat says you are sending too fast (code {ret}).")
    advice = N_("Wait a few minutes before you send again; retrying right away makes it worse.")


class RequestRefused(ServerRefused):
    """The server did not take the answer to a friend request: the ticket has expired, or was used."""

    sentence = N_(
        "WeChat did not accept this (code {ret}): the friend request of “{name}” has expired, or was answered on "
        "another device."
    )
    advice = N_("Check your contacts on the phone, or ask them to send it again.")


class RevokeRefused(ServerRefused):
    """The server did not take the message back."""

    sentence = N_("The message was not recalled (code {ret}). {why}")
    advice = N_("WeChat only recalls messages sent in the last two minutes.")


class GroupChangeRefused(ServerRefused):
    """The server did not make or change a group; `why` is a sentence about what that means."""

    sentence = N_("WeChat refused this (code {ret}). {why}")
    advice = ""


# ---------------------------------------------------------------- the network


class NetworkError(WxtuiError):
    """The network or the server's HTTP failed; `status` is the HTTP status, where there was one."""

    carries = frozenset({"call", "status"})

    @property
    def status(self) -> int:
        """The HTTP status; 0 when there was no answer or it said 200."""
        status = self.facts.get("status", 0)
        return status if isinstance(status, int) else 0

    @property
    def refused(self) -> bool:
        """A 4xx: the server turned the request away unread."""
        return 400 <= self.status < 500


class Unreachable(NetworkError):
    """No connection; nothing left this machine."""

    sentence = N_("{host} cannot be reached: {why}.")
    advice = N_("Check the network, the proxy and --server.")


class TimedOut(NetworkError):
    """The server took too long."""

    sentence = N_("{host} did not answer in time.")
    advice = N_("Check the network and try again.")


class ConnectionBroken(NetworkError):
    """The connection broke in the middle of a call."""

    sentence = N_("{host} closed the connection before it answered.")
    advice = N_("Check the network and try again.")


class BadAnswer(NetworkError):
    """HTML, half a JSON, a wrong status: not what the protocol promises."""

    sentence = N_("{host} sent an unexpected answer: {why}.")
    advice = N_("Try again later. If you use --server, check that it is a Web WeChat server.")


class MediaUnusable(NetworkError):
    """A download was not the file or picture that was asked for; nothing was saved. `why` says what it was."""

    sentence = N_("“{what}” could not be downloaded: {why}.")
    advice = N_("Try again later, or open it on your phone.")


class MediaOfWrongSize(MediaUnusable):
    """A download was complete, but not of the size that the message announced."""


class PictureUnusable(WxtuiError):
    """A picture that cannot be drawn: it is damaged, of no format that is read, or too large; `why` says which."""

    sentence = N_("This picture cannot be shown: {why}.")


class DecoderMissing(PictureUnusable):
    """The process that decodes pictures does not start, had no time, or was killed: this picture may be sound."""


class UploadLost(WxtuiError):
    """The server gave no MediaId for a file: a message without one arrives empty, so it is never sent."""

    sentence = N_("WeChat did not keep the uploaded file, so nothing was sent.")
    advice = N_("Send it again later.")


class DeliveryUnknown(WxtuiError):
    """The request left and no usable answer came: the server may have the message. `lead` says what is missing."""

    sentence = N_("{lead} “{what}” may or may not have arrived. {why}")
    advice = N_("Check your phone before you send it again.")


# ---------------------------------------------------------------- what was asked about


class MessageUnknown(WxtuiError):
    """No message with this MsgID is stored here."""

    sentence = N_("No message with MsgID {msg_id} is stored on this machine.")
    advice = N_("To see the MsgIDs: wxtui log --ids TARGET")
    advice_on_screen = N_("The details of a message have its MsgID.")


class RowUnknown(MessageUnknown):
    """No message stands in this row."""

    sentence = N_("No message with the row {row} is stored on this machine.")
    advice = ""
    advice_on_screen = ""


class RevokeUnknown(WxtuiError):
    """The request that takes a message back left and no usable answer came: it may be taken back."""

    sentence = N_("No reply from WeChat: “{what}” may or may not be recalled. {why}")
    advice = N_("Check your phone, or recall it again within the two minutes.")


class ChangeUnknown(WxtuiError):
    """The request that changes a contact or a group left, and no usable answer came. `what` names the change."""

    sentence = N_("No reply from WeChat: this may or may not have been done: {what}. {why}")
    advice = N_("Check your phone before you try again.")


class MembersLeftOut(WxtuiError):
    """The server took nobody into a group; `why` has a sentence for each who was to be."""

    sentence = "{why}"


class GroupUnknown(ChangeUnknown):
    """The request for a new group left, and no answer came that names it: there may be one."""

    sentence = N_("No reply from WeChat: the group may or may not have been created. {why}")
    advice = N_("Look for it in the list or on your phone before you create it again.")
    carries = frozenset({"what"})


class NoFriendRequest(WxtuiError):
    """A MsgID, or a number, that is no friend request's."""

    sentence = N_("“{id}” is not a friend request.")
    advice = N_("To see the requests: wxtui requests")
    advice_on_screen = N_("/requests lists them.")


class AlreadyFriends(WxtuiError):
    """The request was accepted before, here or on the phone."""

    sentence = N_("You have already accepted “{name}”.")


class RequestAnswered(WxtuiError):
    """The request was answered while this answer waited for its turn."""

    sentence = N_("The friend request of “{name}” was just answered. Nothing was changed.")


class RequestOutOfReach(WxtuiError):
    """The address and ticket of a request are good for the login in which it came."""

    sentence = N_("The friend request of “{name}” came in an earlier login and cannot be accepted from here any more.")
    advice = N_("Accept it on your phone.")


class BeingRevoked(WxtuiError):
    """The request that takes the message back has just left."""

    sentence = N_("This message is already being recalled.")


class NothingToRevoke(WxtuiError):
    """There is no sent message that could be revoked."""

    sentence = N_("You have no sent message to recall.")
    advice = N_("Only messages sent from wxtui can be recalled.")


class NotRevocable(WxtuiError):
    """A message of one's own that this program did not send, or that never arrived; `why` says which."""

    sentence = N_("“{what}” cannot be recalled: {why}.")


class NotYours(WxtuiError):
    """Another person's message."""

    sentence = N_("You can only recall your own messages.")


class AlreadyRevoked(WxtuiError):
    """The message was revoked before."""

    sentence = N_("“{what}” was already recalled.")


class RevokeTooLate(WxtuiError):
    """The two minutes in which the server takes a revoke are over; the server was not asked."""

    sentence = N_("Too late: WeChat lets you recall a message for 2 minutes.")


class NotForwardable(WxtuiError):
    """This kind of message cannot be forwarded."""

    sentence = N_("A message of this kind cannot be forwarded.")
    advice = N_("Try it on your phone.")


class NothingToSave(WxtuiError):
    """The message has no file: it is a text, a link, a notice."""

    sentence = N_("“{what}” has nothing to save.")
    advice = N_("You can save files, images, videos, voice messages and animated images.")


class NothingStored(WxtuiError):
    """No such message of this conversation is stored."""

    sentence = N_("No messages of that kind from “{target}” are stored.")
    advice = N_("Choose kinds with --kind or --all-kinds; wait for new messages with --wait.")


class NothingArrived(WxtuiError):
    """No message arrived in the time that a command waited."""

    sentence = N_("Nothing arrived within {seconds} s.")


# ---------------------------------------------------------------- this machine


class LocalError(WxtuiError):
    """Something on this machine stands in the way."""


class ProfileBusy(LocalError):
    """Another process owns the session."""

    sentence = N_("Profile “{profile}” is in use by another wxtui (process {pid}).")
    advice = N_("Stop it first, or use another profile: wxtui --profile NAME …")


class BusyBriefly(ProfileBusy):
    """A command that ends by itself owns the session: a process that waits gets the profile."""


class OwnerError(LocalError):
    """The running wxtui that owns the profile, and that this command goes through, stands in the way."""


class OwnerSilent(OwnerError):
    """The owner is there, but answers nothing."""

    sentence = N_("wxtui (process {pid}) is using this profile but does not answer; it may be suspended.")
    advice = N_("Nothing was done. Resume it with: fg")


class OwnerGarbled(OwnerError):
    """The owner answers with something that is no message of the control protocol; it was not told to do anything."""

    sentence = N_("wxtui (process {pid}) is using this profile, but its answer is not readable.")
    advice = N_("Nothing was done. Quit the running wxtui and start it again.")


class OwnerGone(OwnerError):
    """The owner ended before it had carried out the request; nothing has left."""

    sentence = N_("The running wxtui (process {pid}) quit before this was done.")
    advice = N_("Nothing was sent; try again.")


class OwnerStalled(OwnerError):
    """The owner took the request, and stopped answering."""

    sentence = N_("wxtui (process {pid}) stopped answering; it may be suspended, and may still do this once resumed.")
    advice = N_("Resume it with: fg")


class OwnerDiffers(OwnerError):
    """The owner is of another version, with another protocol on its socket."""

    sentence = N_(
        "The running wxtui (process {pid}) is version {theirs}, this one is {ours}: they cannot work together."
    )
    advice = N_("Quit the running one and start it again.")


class ApiMisused(UsageError):
    """A line on the control socket that is no request of the API; `why` says it in English, as API.md does."""

    sentence = N_("This is not a request of the API: {why}.")
    advice = N_("See: wxtui api --help")


class ApiTooOld(OwnerError):
    """A program was made for a later version of the API than this wxtui has."""

    sentence = N_("This wxtui has version {ours} of the API, not {theirs}.")
    advice = N_("Update wxtui, or ask for version {ours}.")


class OwnerRefused(OwnerError):
    """The owner failed with an error that this version does not know; `why` is its whole sentence."""

    sentence = "{why}"


class GivenUp(OwnerError):
    """A person cancelled the upload in the running wxtui."""

    sentence = N_("“{what}” was cancelled in the running wxtui.")
    advice = N_("It was not sent.")


class HookFailed(LocalError):
    """A command of `[hooks]` or `--exec` failed; `why` is a whole sentence."""

    sentence = N_("Hook {hook}: {why}")
    advice = N_("This is said once; the hook runs again next time.")


class HookTooSlow(LocalError):
    """A hook's command took so long that its queue was full, or the program was left before its turn came."""

    sentence = N_("Hook {hook} is too slow. Times that it was not run: {count}.")


class HomeUnusable(LocalError):
    """A directory or file of the profile cannot be used."""

    sentence = N_("“{path}” cannot be used: {why}.")
    advice = N_("Check its permissions and the free space, or set WXTUI_HOME.")


class NoHome(LocalError):
    """Nobody says where files are to lie: no HOME, and no home of this user in the system's list."""

    sentence = N_("There is no home folder: HOME is not set, and the system knows none for this user.")
    advice = N_("Set HOME, or WXTUI_HOME to a folder of your own.")


class SettingsExist(LocalError):
    """A file of settings is to be made where one is."""

    sentence = N_("“{path}” exists already; it was not changed.")
    advice = N_("To print the settings: wxtui config show; a new file: wxtui config init --stdout")


class EnvironmentUnusable(LocalError):
    """A variable of the environment, about the way to the server, that cannot be followed; `why` is a reason."""

    sentence = N_("{variable} in the environment cannot be used: {why}.")
    advice = N_("Correct it, or run without it: env -u {variable} wxtui")


class EnvironmentIgnored(LocalError):
    """A variable of the environment that wxtui does without. Told, never raised."""

    sentence = N_("{variable} in the environment is ignored: {why}.")


class FolderUnusable(LocalError):
    """Nothing can be saved in the folder that a person named."""

    sentence = N_("Nothing can be saved in “{path}”: {why}.")
    advice = N_("Choose another folder, or free some space.")


class NoRoom(LocalError):
    """The cache has no room for an archive."""

    sentence = N_("Not enough room to pack: {needed} needed, {free} free in “{path}”.")
    advice = N_("Free some space, or set {variable} to a folder with more room.")


class JoinRefused(LocalError):
    """Parts cannot be put together; nothing was written."""

    sentence = N_("“{name}” was not joined: {why}.")


class OutputFailed(LocalError):
    """Standard output takes nothing more; what it should have shown is on standard error."""

    sentence = N_("The output cannot be written: {why}.")
    advice = N_("What is listed above was done and is not undone.")


class ProgramMissing(LocalError):
    """There is no such command to run; the exit code is that of shells."""

    sentence = N_("Command not found: “{name}”.")
    exit_code = 127


class ProgramUnusable(LocalError):
    """A command that is there cannot be started; the exit code is that of shells."""

    sentence = N_("“{name}” cannot be run: {why}.")
    exit_code = 126


class ExportRefused(LocalError):
    """The file of an export is there already, or cannot be made."""

    sentence = N_("Nothing was exported to “{path}”: {why}.")
    advice = N_("Choose another file; existing files are never overwritten.")


class ImportRefused(LocalError):
    """An exported profile cannot be taken; nothing was put in place."""

    sentence = N_("“{path}” was not imported: {why}.")


class ImportTooNew(ImportRefused):
    """A newer version exported it."""

    sentence = N_("“{path}” was exported by a newer wxtui ({version}).")
    advice = N_("Update wxtui here first; nothing was imported.")


class PassphraseWrong(ImportRefused):
    """The passphrase does not open the key; or the key is damaged, which nobody can tell apart."""

    sentence = N_("The passphrase of “{path}” is wrong, or the file is damaged.")
    advice = N_("Nothing was imported.")


class ProfileUnknown(LocalError):
    """Nobody has been in a profile."""

    sentence = N_("Profile “{profile}” does not exist on this computer.")
    advice = N_("To see them: wxtui profile list")


class ProfileTaken(LocalError):
    """An import would lie over a profile that is there."""

    sentence = N_("Profile “{profile}” already exists on this computer; nothing was imported.")
    advice = N_("Import it under another name: --as NAME")


class CipherMissing(LocalError):
    """The optional library that encrypts is not installed."""

    sentence = N_("An encrypted profile needs the Python package pyrage, which is not installed.")
    advice = N_(
        "Install it beside wxtui: {python} -m pip install pyrage; where uv installed wxtui: "
        "uv pip install -p {python} pyrage"
    )


class PackageMissing(LocalError):
    """A package that wxtui always needs is not there: nobody installed wxtui into this Python."""

    sentence = N_("wxtui is not installed in this Python ({python}): the package {package} is missing.")
    advice = N_(
        "Install wxtui, and start what that puts in place: uv tool install FOLDER, where FOLDER is the checkout of "
        "wxtui, or its .whl file. README has other ways."
    )


class StoreBroken(LocalError):
    """The database is damaged."""

    sentence = N_("The database “{path}” is damaged: {why}.")
    advice = N_("Move it away yourself; wxtui never deletes it.")


class StoreDamaged(StoreBroken):
    """SQLite found damage in the open database; the next start checks it and sets it aside."""

    advice = N_("wxtui moves it aside at the next start; it is never deleted.")


class StoreSetAside(LocalError):
    """The database was damaged and moved aside; a new one is in its place. Told, never raised."""

    sentence = N_("The database was damaged. It is now at “{path}”, and a new one was started.")
    advice = N_("The contacts come back with the next login; nothing was deleted.")


class StoreTooNew(LocalError):
    """The database was written by a newer version."""

    sentence = N_("The database “{path}” was written by a newer wxtui.")
    advice = N_("Update wxtui, or use another profile.")


class SearchMissing(LocalError):
    """The SQLite that Python was built with has no FTS5, on which the search of messages rests."""

    sentence = N_("The SQLite {version} of this Python cannot search texts: it was built without FTS5.")
    advice = N_("Run wxtui with a Python whose SQLite has FTS5; almost all have it.")


RET_ERRORS: dict[int, type[WxtuiError]] = {
    1: BadParameter,
    -1: ServerFault,
    -2: ServerFault,
    -14: BadTicket,
    1100: LoggedOutOnPhone,
    1101: LoggedInElsewhere,
    1102: CookieInvalid,
    1201: GroupGone,
    1203: LoginEnvironment,
    1204: TooFrequent,
    1205: TooFrequent,
}
"""Ret code → class; whatever is not here is a plain `ServerRefused`."""

SESSION_RETS = frozenset(ret for ret, kind in RET_ERRORS.items() if issubclass(kind, SessionOver))
"""Ret codes after which the session is of no use."""


def error_for_ret(ret: int, call: str, message: str = "") -> WxtuiError:
    """Return the error for the Ret code in the answer to `call` (PROTOCOL section 5)."""
    return RET_ERRORS.get(ret, ServerRefused)(ret=ret, call=call, message=message)


class Unexpected(WxtuiError):
    """A mistake in wxtui that ended one piece of work, and not the program; `what` is the exception's class."""

    sentence = N_("This is a bug in wxtui: {what}.")
    exit_code = 70


class BrokenDown(WxtuiError):
    """A mistake in wxtui ended the program. The exit code is EX_SOFTWARE of sysexits.h."""

    exit_code = 70

    sentence = N_("wxtui crashed ({what}). This is a bug.")
    advice = N_("Everything stored is safe. “{path}” says where it happened; it contains none of your data.")
