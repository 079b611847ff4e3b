"""Packets from wherever they come: the network, a node's console, a capture file.

item         what a source delivers: datagrams, and what else there is to say
source       the interface of everything that can be listened to
udp, console, capture_file
             the three kinds of source
pcapng, network, fragments
             the frames of a capture file, and the UDP datagrams in them
other_files  how to recognise files that are no captures
checker      checks every packet against the schema, and each stream's numbers, times and rates
sequence     the numbers of one stream: gaps, repeats, restarts
facts        which field of a packet is its node, its number, its time; the features in it
reception    sources and a checker together, for tests and tools
recording    writes what was heard to a capture file
"""
