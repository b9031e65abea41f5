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

_FLAGS = (
    f"--disable-features={','.join(_DISABLED_FEATURES)}",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-fetching-hints-at-navigation-start",
    # Saves a download of 500 kB (Chrome's flags for tools).
    "--safebrowsing-disable-auto-update",
    # Datagrams of WebRTC go to addresses that no resolver is asked about.  Without a proxy there are
    # none then (verified on Chromium 156; the same name with "force-" in front does nothing there).
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # A proxy would be asked in the browser's stead, and reach what the browser may not.
    "--no-proxy-server",
)


def flags_for(rules: str) -> tuple[str, ...]:
    """Return all flags; *rules* say which hosts the browser may reach (see ``devices.pins``).

    Chromium's own calls home, and lookups over HTTPS, go the way of every other host.
    """
    return (*_FLAGS, f"--host-resolver-rules={rules}")
