"""What Themawijzer needs: is any of it vulnerable, under which licenses is it, and the list for a release."""
