"""What stores on MongoDB Atlas share: regions, tiers, names, the way in from each cloud. Imports no SDK by itself."""
