"""The completion scripts of bash, zsh and fish, written from what the parser understands.

1. A script holds all commands, flags and choices, so that pressing TAB starts no program; only
   what MODULE:ATTR may become is asked of `reconcile completion`, which imports nothing of it.
2. bash: version 3.2, that of macOS, is enough, and the package bash-completion is not needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.cli.completion_words import Flag, Place, Value, Words

__all__ = ["bash", "fish", "zsh"]


# -- bash ------------------------------------------------------------------------------------------

_BASH: Final = r"""# bash completion of reconcile; `reconcile completion bash` prints it.

# What may be typed behind a command: its commands, its flags, the kind of what stands
# behind some of them, and the kinds of its places; a * is for all that follow.
_reconcile_words() {
    commands="" flags="" values="" places=""
    case "$1" in
@WORDS@
    esac
}

# Offer what fits to a word of one kind.
_reconcile_offer() {
    local kind="$1" word="$2" IFS=$'\n'
    case "$kind" in
        choice=*)
            IFS=$' \t\n'
            COMPREPLY=($(compgen -W "${kind#choice=}" -- "$word")) ;;
        file)
            compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -f -- "$word")) ;;
        folder)
            compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -d -- "$word")) ;;
        controller | class)
            COMPREPLY=($("${COMP_WORDS[0]}" completion "--$kind=$word" 2>/dev/null))
            # A colon splits words: what stands before it is not replaced.
            local before="${word%"${word##*:}"}" i
            for i in "${!COMPREPLY[@]}"; do
                [[ "${COMPREPLY[i]}" == *[:/.] ]] && compopt -o nospace 2>/dev/null
                [[ "$COMP_WORDBREAKS" == *:* ]] && COMPREPLY[i]="${COMPREPLY[i]#"$before"}"
            done ;;
    esac
}

_reconcile() {
    local commands flags values places path="" number=0 flag="" i word each=""
    local -a words=() kinds=()
    COMPREPLY=()
    # bash splits words at colons and equals signs; put them together again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if ((i > 1)) && [[ "$word" == [:=]* || "$each" == *[:=] ]]; then
            each="$each$word"
            words[${#words[@]} - 1]="$each"
        else
            each="$word"
            words+=("$each")
        fi
    done
    _reconcile_words ""
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        word="${words[i]}"
        if [[ -n "$flag" ]]; then
            flag=""
        elif [[ "$word" == -*=* ]]; then
            :
        elif [[ "$word" == -?* ]]; then
            [[ "$values" == *"|$word "* ]] && flag="$word"
        elif [[ " $commands " == *" $word "* ]]; then
            path="$path $word" number=0
            _reconcile_words "${path# }"
        else
            number=$((number + 1))
        fi
    done
    word="${words[${#words[@]} - 1]}"
    if [[ -z "$flag" && "$word" == --*=* ]]; then
        flag="${word%%=*}" word="${word#*=}"
    fi
    if [[ -n "$flag" ]]; then
        each="${values#*"|$flag "}"
        [[ "$each" != "$values" ]] && _reconcile_offer "${each%%|*}" "$word"
    elif [[ "$word" == -* ]]; then
        _reconcile_offer "choice=$flags" "$word"
    else
        local -a also=()
        if [[ -n "$commands" && number -eq 0 ]]; then
            _reconcile_offer "choice=$commands" "$word"
            also=(${COMPREPLY[@]+"${COMPREPLY[@]}"})
            COMPREPLY=()
        fi
        IFS='|' read -r -a kinds <<< "$places"
        i=$((${#kinds[@]} - 1))
        ((number > i && i >= 0)) && [[ "$places" == *"*" ]] && number=$i
        each="${kinds[number]-}"
        _reconcile_offer "${each%"*"}" "$word"
        COMPREPLY+=(${also[@]+"${also[@]}"})
    fi
}

complete -F _reconcile reconcile
"""


def bash(root: Words) -> str:
    """Return the script of bash."""
    return _BASH.replace("@WORDS@", "\n".join(_bash_words("", root)))


def _bash_words(path: str, each: Words) -> Iterator[str]:
    names = [name for flag in each.flags for name in flag.names if name.startswith("--")]
    values = [
        f"|{name} {_bash_kind(flag.value)}"
        for flag in each.flags
        for name in flag.names
        if flag.value is not None
    ]
    places = "|".join(_bash_kind(place.value) for place in each.places)
    many = "*" if each.places and each.places[-1].many else ""
    yield f'        "{path}")'
    yield f'            commands="{" ".join(inner.name for inner in each.commands)}"'
    yield f'            flags="{" ".join(names)}"'
    yield f'            values="{"".join(values)}"'
    yield f'            places="{places}{many}" ;;'
    for inner in each.commands:
        yield from _bash_words(f"{path} {inner.name}".strip(), inner)


def _bash_kind(value: Value) -> str:
    return f"choice={' '.join(value.choices)}" if value.kind == "choice" else value.kind


# -- zsh -------------------------------------------------------------------------------------------

_ZSH: Final = r"""#compdef reconcile
# zsh completion of reconcile; `reconcile completion zsh` prints it.

# Offer what MODULE:ATTR may become.
_reconcile_targets() {
    local -a found whole
    found=(${(f)"$($_reconcile_program completion "--$1=$PREFIX" 2>/dev/null)"})
    whole=(${found:#*[:/.]})
    compadd -S '' -- ${found:#${(~j:|:)whole}}
    compadd -- $whole
}

@FUNCTIONS@
_reconcile_begin() {
    local _reconcile_program=$words[1]
    _reconcile "$@"
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _reconcile_begin "$@"
else
    compdef _reconcile_begin reconcile
fi
"""


def zsh(root: Words) -> str:
    """Return the script of zsh."""
    return _ZSH.replace("@FUNCTIONS@", "\n".join(_zsh_functions("_reconcile", root)))


def _zsh_functions(name: str, each: Words) -> Iterator[str]:
    """Yield a function for a command, after those for the commands in it."""
    for inner in each.commands:
        yield from _zsh_functions(f"{name}_{inner.name}", inner)
    specs = [_zsh_flag(flag) for flag in each.flags]
    divided = bool(each.commands) and not each.places
    if divided:
        specs += ["'1: :->command'", "'*:: :->rest'"]
    else:
        specs += [_zsh_place(number, place) for number, place in enumerate(each.places, 1)]
    yield f"{name}() {{"
    if each.places:
        for inner in each.commands:
            yield f"    if (( CURRENT > 2 )) && [[ $words[2] == {inner.name} ]]; then"
            yield f"        shift words; (( CURRENT-- )); {name}_{inner.name}; return"
            yield "    fi"
            yield f"    (( CURRENT == 2 )) && compadd -- {inner.name}"
    yield "    local curcontext=$curcontext state line ret=1"
    yield "    typeset -A opt_args"
    yield "    _arguments -C \\"
    yield "".join(f"        {spec} \\\n" for spec in specs) + "        && ret=0"
    if divided:
        yield "    case $state in"
        yield "        command)"
        yield "            local -a found=("
        for inner in each.commands:
            yield f"                {_quoted(f'{inner.name}:{inner.help}')}"
        yield "            )"
        yield "            _describe -t commands command found && ret=0 ;;"
        yield "        rest)"
        yield "            case $line[1] in"
        for inner in each.commands:
            yield f"                {inner.name}) {name}_{inner.name} && ret=0 ;;"
        yield "            esac ;;"
        yield "    esac"
    yield "    return ret"
    yield "}\n"


def _zsh_flag(flag: Flag) -> str:
    told = flag.help.translate({ord(each): f"\\{each}" for each in "[]:"})
    value = "" if flag.value is None else f":{_zsh_value(flag.value)}"
    star = "*" if flag.repeated else ""
    # `=` lets the value stand behind the flag in the same word as well.
    specs = [
        f"{star}{name}{'=' if value and name.startswith('--') else ''}[{told}]{value}"
        for name in flag.names
    ]
    return " ".join(_quoted(spec) for spec in specs)


def _zsh_place(number: int, place: Place) -> str:
    begin = "*" if place.many else str(number)
    return _quoted(
        f"{begin}:{':' if place.optional and not place.many else ''}{_zsh_value(place.value)}"
    )


def _zsh_value(value: Value) -> str:
    name = value.name.replace(":", "\\:")
    match value.kind:
        case "choice":
            return f"{name}:({' '.join(value.choices)})"
        case "file":
            return f"{name}:_files"
        case "folder":
            return f"{name}:_files -/"
        case "controller" | "class":
            return f"{name}:{{_reconcile_targets {value.kind}}}"
        case _:
            return f"{name}: "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# -- fish ------------------------------------------------------------------------------------------

_FISH: Final = """\
# fish completion of reconcile; `reconcile completion fish` prints it.

complete -c reconcile -f
"""


def fish(root: Words) -> str:
    """Return the script of fish."""
    return _FISH + "".join(f"{line}\n" for line in _fish_lines((), root))


def _fish_lines(path: tuple[str, ...], each: Words) -> Iterator[str]:
    seen = [f"__fish_seen_subcommand_from {name}" for name in path]
    names = " ".join(inner.name for inner in each.commands)
    here = [*seen, f"not __fish_seen_subcommand_from {names}"] if names else seen
    for inner in each.commands:
        yield f"{_fish_when(here)} -a {inner.name} -d {_fish_quoted(inner.help)}"
    for flag in each.flags:
        names = "".join(
            f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in flag.names
        )
        value = "" if flag.value is None else f" {_fish_value(flag.value, required=True)}"
        yield f"{_fish_when(here)}{names}{value} -d {_fish_quoted(flag.help)}"
    for kind in dict.fromkeys(_fish_value(place.value, required=False) for place in each.places):
        # fish takes what stands behind a colon for a path.
        no_target = 'not string match -q "*:*" -- (commandline -ct)'
        if kind:
            yield f"{_fish_when([*here, no_target] if kind == '-F' else here)} {kind}"
    for inner in each.commands:
        yield from _fish_lines((*path, inner.name), inner)


def _fish_when(conditions: list[str]) -> str:
    return f"complete -c reconcile -n {_fish_quoted('; and '.join(conditions))}"


def _fish_value(value: Value, *, required: bool) -> str:
    begin = "-x " if required else ""
    match value.kind:
        case "choice":
            return f"{begin}-a {_fish_quoted(' '.join(value.choices))}"
        case "file":
            return "-r -F" if required else "-F"
        case "folder":
            return f"{begin}-a '(__fish_complete_directories)'"
        case "controller" | "class":
            asked = f"(reconcile completion --{value.kind}=(commandline -ct) 2>/dev/null)"
            return f"{begin}-a '{asked}'"
        case _:
            return begin.strip()


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
