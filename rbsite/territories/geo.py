def is_near_departement(lat, lon, code, km=2): return True
def nearest_communes(lat, lon, limit=5): return []
