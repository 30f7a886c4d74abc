"""The main job, played over the public HTTP APIs by the people of the demo."""
