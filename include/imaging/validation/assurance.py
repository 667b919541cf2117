"""What verification of an output proves, and what nobody should take it to prove."""

PROVES = (
    "The output was read again, from its bytes, by other code than wrote it.",
    "It carries the keyed UIDs and the pseudonym that were promised, in the file meta group too, "
    "and none of the original's own UIDs in their places.",
    "It says of itself how it was made, has no preamble of anybody's, and nothing in the file meta "
    "group but what PS3.10 demands.",
    "No private, overlay, curve or group length element is in it that the policy does not keep.",
    "The bytes of the pixels are the original's, unless a pixel rule changed them; around them, "
    "behind frames, in comments of compressed images and in offset tables, nothing foreign stands, "
    "and native pixels are no more than the object says.",
    "No identifying value of the original that the policy takes away is left in it: in texts, in "
    "private elements, or behind the last element.",
    "`dciodvfy` finds no fault in it that the original does not have.",
    "HealthImaging's constraints on lengths and values hold.",
    "Where any of this cannot be shown, the output does not leave: verification fails closed.",
)
DOES_NOT_PROVE = (
    "That a text was found which tells who somebody is without naming anything known of the "
    "patient: a rare disease, a job, an event in the news. Texts are cleaned by what is known, and "
    "by pattern.",
    "That nobody is recognised by the picture: a face made of slices, a tattoo, a rare implant.",
    "That no text is burned into pixels where neither the rules by kind of object and region "
    "nor, where it is on, the reading machine suspect any.",
    "That nothing is hidden within the pixels themselves: as the samples of native frames, among "
    "entropy-coded bytes, behind the last run of an RLE segment, in video. What the header names "
    'is looked for in the last two, in the others only by `Verifier(search="everything")`.',
    "That the set of outputs cannot be linked to other data that somebody holds: what a policy "
    "retains on purpose, it hands on.",
    "That the policy fits a law, a consent or a contract: people decide that.",
)
