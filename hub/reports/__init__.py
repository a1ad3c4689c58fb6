"""Statistics (统计报表): a report is computed once, as data, and shown as a page, CSV, XLSX or PDF."""
