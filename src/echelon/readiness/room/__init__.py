"""The live room: requests and questions, notes, commitments, the day's wrap-up, and what inspectors see of them."""
