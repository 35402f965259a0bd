"""What a company is: its rows, the folder or workbook that holds it, its overlays and its diagnostics."""
