"""Where candidates and measurements come from; nothing here loads before it is asked for."""

CATALOGUE: dict[str, str] = {
    "reference": "discovery.datasets.reference:ReferenceDataset",
    "obelix": "discovery.datasets.obelix:ObelixDataset",
    "materials_project": "discovery.datasets.materials_project:MaterialsProjectDataset",
    "table": "discovery.datasets.table:TableDataset",
}
