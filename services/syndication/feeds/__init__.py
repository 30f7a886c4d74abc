"""What readers and search engines follow: Atom feeds, sitemaps."""
