"""The nouns of the lab: types, metrics, units, errors, histograms, records."""
