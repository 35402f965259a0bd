"""Supply beyond the rule of one future: campaign planning and process characterisation."""
