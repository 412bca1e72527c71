"""Completion scripts for the shells; click's own lose a part of a contact's name or of what was typed, or run it."""

from __future__ import annotations

from typing import ClassVar

from tui.terminal.deferred_modules import deferred

with deferred("gettext"):
    from click.shell_completion import BashComplete, FishComplete, ZshComplete, add_completion_class

_BASH = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(IFS=$'\\n'; env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_FISH = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \
COMP_CWORD=(commandline -t | string collect) %(prog_name)s)
    for completion in $response
        set -l parts (string split -m 1 , -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                printf '%%s\\n' $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a completions described response
    local type key descr
    (( ! $+commands[%(prog_name)s] )) && return 1

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s)}")
    for type key descr in ${response}; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain) if [[ $descr == _ ]]; then completions+=("$key"); else described+=("$key:$descr"); fi ;;
        esac
    done

    (( $#described )) && _describe -V unsorted described -U
    (( $#completions )) && compadd -U -V unsorted -a completions
    # Names that have nothing in common with what was typed, as with a part of their pinyin, are listed below it.
    if (( $#completions > 1 )) && [[ $compstate[unambiguous] != ${(Q)PREFIX}* ]]; then
        compstate[insert]=
        compstate[list]='list force'
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


@add_completion_class
class Bash(BashComplete):
    """Script for bash that keeps backslashes: click's `read` drops them, and `$(…)` in a nickname was run."""

    source_template: ClassVar[str] = _BASH


@add_completion_class
class Fish(FishComplete):
    """Script for fish that keeps commas: click's cuts “Tom, Jerry” to “Tom”, who may be somebody else."""

    source_template: ClassVar[str] = _FISH


@add_completion_class
class Zsh(ZshComplete):
    """Script for zsh that keeps what was typed; click's takes it away where the names found begin in different ways."""

    source_template: ClassVar[str] = _ZSH
