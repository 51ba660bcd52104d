"""The catalogue as open data: tables to download, one DCAT-AP graph in pages, CKAN's answers, a feed."""
