def locator_svg(*a, **k): return ""
