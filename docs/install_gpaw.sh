#!/usr/bin/env bash
# Installs GPAW (serial, no MPI) with libxc and OpenBLAS into a Python environment.
#
#   bash docs/install_gpaw.sh [VENV]      a virtual environment, made when it does not exist;
#                                         by default the active one (VIRTUAL_ENV)
#
# PYTHON=python3.11   makes a new environment with this interpreter
# GPAW_VERSION=26.7.0 installs this version; by default the newest, or none when GPAW is there
#
# Needs g++, and root or sudo only where libxc or OpenBLAS is missing. Running it again is safe.
set -euo pipefail

say() { printf 'install_gpaw: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

venv=${1:-${VIRTUAL_ENV:-}}
case ${venv} in
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    "") fail "name a virtual environment: bash docs/install_gpaw.sh .venv" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A program that calls libxc and BLAS: what it needs is what GPAW needs.
libraries_work() {
    command -v g++ >"$work/probe.log" || { echo "there is no g++" >"$work/probe.log"; return 1; }
    cat >"$work/probe.cpp" <<'CPP'
#include <xc.h>
extern "C" double ddot_(int*, double*, int*, double*, int*);
int main() {
    int n = 1, major, minor, micro;
    double x = 1;
    xc_version(&major, &minor, &micro);
    return major < 4 || ddot_(&n, &x, &n, &x, &n) != 1;
}
CPP
    g++ "$work/probe.cpp" -o "$work/probe" -lxc -lopenblas >"$work/probe.log" 2>&1 && "$work/probe"
}

install_libraries() {
    if ! command -v apt-get >/dev/null; then
        say "a C++ compiler, libxc or OpenBLAS is missing, and apt-get is not here to install them."
        say "Fedora: dnf install gcc-c++ libxc-devel openblas-devel"
        say "macOS:  brew install gcc libxc openblas"
        fail "conda:  conda install -c conda-forge gpaw   (nothing to compile, no need of this script)"
    fi
    local become=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "not root and no sudo: ask for apt-get install g++ libxc-dev libopenblas-dev"
        become=(sudo)
    fi
    say "installing g++, libxc and OpenBLAS with apt-get"
    local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
    local wanted=(install -y --no-install-recommends g++ libxc-dev libopenblas-dev)
    "${apt[@]}" "${wanted[@]}" || { "${apt[@]}" update && "${apt[@]}" "${wanted[@]}"; } ||
        fail "apt-get could not install g++, libxc-dev and libopenblas-dev"
}

[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv" ||
    fail "there is no virtual environment at $venv, and none could be made"
python=$venv/bin/python

gpaw_works() {
    "$python" - "${GPAW_VERSION:-}" <<'PY' 2>/dev/null
import sys
import gpaw
from gpaw.setup_data import search_for_file
search_for_file("Li.PBE")
sys.exit(sys.argv[1] not in ("", gpaw.__version__))
PY
}

if gpaw_works; then
    say "GPAW is already installed in $venv"
else
    libraries_work || install_libraries
    libraries_work || { cat "$work/probe.log" >&2; fail "libxc and OpenBLAS cannot be linked"; }
    cat >"$work/siteconfig.py" <<'PY'
mpi = False
compiler = "g++"
libraries = ["xc", "openblas"]
PY
    say "compiling GPAW, a few minutes"
    GPAW_CONFIG=$work/siteconfig.py CC=g++ "$python" -m pip install --no-cache-dir \
        "gpaw${GPAW_VERSION:+==$GPAW_VERSION}" gpaw-data || fail "pip could not install GPAW"
    gpaw_works || fail "GPAW is installed but does not find its PAW data sets (gpaw-data)"
fi
"$python" -c 'import gpaw; print("GPAW", gpaw.__version__)'
