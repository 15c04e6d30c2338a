# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of seedancesrc against what else fetches a clip."""
