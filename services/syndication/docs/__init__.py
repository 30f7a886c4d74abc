"""The contract, for people and programs: pages, schemas and the AsyncAPI document, as this version has them."""
