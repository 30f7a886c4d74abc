"""What others make use of: exports of a search, citations in many styles, the feed and the sitemap."""
