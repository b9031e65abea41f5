"""What the journeys on the tour app share: what it answers, when that is right, and who asks."""
