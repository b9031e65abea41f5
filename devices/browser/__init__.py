"""The only door to Playwright: visits a page on an emulated phone and brings back the evidence."""
