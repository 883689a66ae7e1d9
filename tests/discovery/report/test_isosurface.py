import base64
import json
import re

import numpy as np
import pytest
from physics_cases import antifluorite, lithium_phosphate, rock_salt, supercell

from discovery.errors import InvalidInputError
from discovery.report.isosurface import facts, picture, write_landscape
from discovery.report.surface_nets import isosurface
from discovery.transport.landscape import CEILING, Landscape
from discovery.transport.migration import Migration, migration
from discovery.transport.percolation import percolation

PHOSPHATE = migration(lithium_phosphate())


def ball(count=24, radius=7.3):
    place = np.indices((count,) * 3) - (count - 1) / 2
    return np.linalg.norm(place, axis=0), radius


def test_the_surface_of_a_ball_is_closed_round_and_faces_outwards():
    values, radius = ball()
    points, triangles = isosurface(values, radius)
    places = points - (len(values) - 1) / 2
    assert np.linalg.norm(places, axis=1) == pytest.approx(np.full(len(points), radius), abs=0.25)
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, faces = np.unique(edges, axis=0, return_counts=True)
    assert (faces == 2).all()
    assert len(points) - len(edges) + len(triangles) == 2  # Euler
    a, b, c = (places[triangles[:, k]] for k in range(3))
    volume = (a * np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.03)


def test_a_field_that_nowhere_takes_the_value_has_no_surface():
    points, triangles = isosurface(np.zeros((4, 4, 4)), 1.0)
    assert points.shape == (0, 3)
    assert triangles.shape == (0, 3)


def mesh_of(figure):
    mesh = next(trace for trace in figure["data"] if trace["type"] == "mesh3d")

    def numbers(name):
        return np.frombuffer(base64.b64decode(mesh[name]["bdata"]), f"<{mesh[name]['dtype']}")

    corners = np.stack([numbers(axis) for axis in "xyz"], axis=1)
    return corners, np.stack([numbers(axis) for axis in "ijk"], axis=1)


def test_the_picture_shows_surface_cell_atoms_and_path():
    figure, above = picture(PHOSPHATE)
    names = [trace["name"] for trace in figure["data"]]
    assert names[0].startswith("energy up to")
    assert set(names[1:]) == {"cell", "P", "Li", "O", "way through"}
    assert PHOSPHATE.percolation.levels[2] < above < PHOSPHATE.percolation.levels[2] + 0.1
    corners, triangles = mesh_of(figure)
    inside = corners @ np.linalg.inv(PHOSPHATE.landscape.cell)
    assert inside.min() > -0.05
    assert inside.max() < 1.05
    assert triangles.max() == len(corners) - 1


def test_the_path_is_folded_into_the_cell():
    figure, _ = picture(PHOSPHATE)
    way = figure["data"][-1]
    places = np.array([p for p in zip(way["x"], way["y"], way["z"], strict=True) if None not in p])
    inside = places @ np.linalg.inv(PHOSPHATE.landscape.cell)
    assert inside.min() > -1e-3
    assert inside.max() < 1.001
    assert len(way["text"]) == len(way["x"])


def test_the_page_works_offline_and_stays_below_5_mb(tmp_path):
    path = write_landscape(tmp_path / "one.html", PHOSPHATE, "Li3PO4", "<one>.cif")
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 5e6
    assert "Li<sub>3</sub>PO<sub>4</sub>" in text
    assert "&lt;one&gt;.cif" in text
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text)
    embedded = re.search(r'id="figures">(.*?)</script>', text, re.DOTALL)
    assert embedded is not None
    assert set(json.loads(embedded[1])) == {"landscape", "profile"}


def test_a_large_crystal_is_drawn_more_coarsely(tmp_path):
    found = migration(supercell(antifluorite("O", 4.62), (3, 3, 3)), resolution=0.25)
    path = write_landscape(tmp_path / "one.html", found, "Li2O", "one.cif")
    assert path.stat().st_size < 5e6
    _, triangles = mesh_of(picture(found)[0])
    assert 1000 < len(triangles) <= 7500


def test_a_crystal_without_a_way_through_has_a_picture_without_one(tmp_path):
    open_ = migration(rock_salt("Li", "Cl", 5.13), resolution=0.4)
    energy = np.full((8, 8, 8), CEILING)
    energy[2:4, 2:4, 2:4] = 0.0
    closed = Landscape(open_.landscape.cell, energy)
    shut = Migration(open_.crystal, open_.field, closed, percolation(closed), None, None)
    assert [facts(shut)[name] for name in ("e_1d", "e_3d", "void", "path_length")] == [None] * 4
    text = write_landscape(tmp_path / "shut.html", shut, "LiCl", "one.cif").read_text("utf-8")
    assert "The region percolates in no direction." in text
    assert "way through" not in [trace["name"] for trace in picture(shut)[0]["data"]]


def test_a_page_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInputError, match="cannot write the report"):
        write_landscape(tmp_path / "file" / "one.html", PHOSPHATE, "Li3PO4", "one.cif")
