"""The command line flags a measured browser gets on top of Playwright's own.

The full command line is kept with each visit, since flags change what is measured.
"""

from __future__ import annotations

# One complete list: Chromium takes the last --disable-features it is given, so this repeats what
# Playwright 1.65 disables (chromiumSwitches.ts), without what concerns Windows, Edge or request
# interception, and adds what makes the browser talk or work on its own.
_DISABLED_FEATURES = (
    # Playwright's.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    # browsertime's (lib/chrome/webdriver/chromiumOptions.js): traffic, and work in the background.
    "AutofillServerCommunication",
    "CalculateNativeWinOcclusion",
    "HeavyAdPrivacyMitigations",
    "InterestFeedContentSuggestions",
    "OfflinePagesPrefetching",
    "Translate",
)

# Hosts that Chromium calls by itself; browsertime sends them to nowhere as well.
_SILENCED_HOSTS = (
    "update.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "redirector.gvt1.com",
    "clients2.google.com",
    "accounts.google.com",
)

FLAGS = (
    f"--disable-features={','.join(_DISABLED_FEATURES)}",
    f"--host-resolver-rules={','.join(f'MAP {host} ~NOTFOUND' for host in _SILENCED_HOSTS)}",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-fetching-hints-at-navigation-start",
    # Saves a download of 500 kB (Chrome's flags for tools).
    "--safebrowsing-disable-auto-update",
)
