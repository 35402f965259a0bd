"""Campaign planning: instances, mixed-integer programmes over them, evaluators that check any schedule."""
