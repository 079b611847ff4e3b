"""A board in front of a person: does its radio hear, and do its features move?

plan   how long, and what is expected
watch  looking at the node while it senses
"""
