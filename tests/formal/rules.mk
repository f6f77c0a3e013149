# SPDX-License-Identifier: Apache-2.0
# Proofs need nothing built: tests/formal/prove.py reads the sources. `tests/formal/prove.py --help` says how.
