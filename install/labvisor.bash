# SPDX-License-Identifier: MIT
# Completes labvisor's command line in bash. The options come from --help.

_labvisor()
{
    local word=${COMP_WORDS[COMP_CWORD]} option='' guest='' values='' help i
    help=$("${COMP_WORDS[0]}" --help 2>/dev/null) || return

    # Finds the option whose value is typed, and whether GUEST is there. bash splits --stats=json into
    # three words.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) option='' ;;
        -*)
            option=''
            if [[ ${COMP_WORDS[i + 1]} == = ]]; then
                option=${COMP_WORDS[i]}
                ((i++))
            elif [[ $help == *" ${COMP_WORDS[i]}="* || ${COMP_WORDS[i]} == -[mc] ]]; then
                option=${COMP_WORDS[i]}
            fi
            ;;
        *)
            [[ -n $option ]] || guest=yes
            option=''
            ;;
        esac
    done
    [[ $word != = ]] || word=''

    case $option:$guest in
    --backend:) values='kvm-x86 kvm-riscv soft' ;;
    --engine:) values='translator interpreter' ;;
    --transport:) values='pio vmcall ecall' ;;
    --stats:) values=json ;;
    --sandbox:) values=log ;;
    :) [[ $word != -* ]] || values=$(grep -oE -- '^ +(-., )?--[a-z-]+=?' <<<"$help" | grep -oE -- '--.*') ;;
    esac
    if [[ -n $values ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
        [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        [[ -n $option$guest ]] || mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "doctor diff" -- "$word")
    fi
}
complete -F _labvisor labvisor
