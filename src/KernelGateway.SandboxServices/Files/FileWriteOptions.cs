namespace KernelGateway.SandboxServices.Files;

/// <summary>How a file is written.</summary>
public sealed record FileWriteOptions
{
    /// <summary>Gets whether the content is written beside the target, which is then replaced by one rename.</summary>
    /// <value>
    /// False, the default: the target is emptied and written in place. True: readers see the former content or the new one; the
    /// disk holds both for a while; watchers see the temporary file, whose name begins with <c>.upload-</c>; hard links to the
    /// target keep the former content.
    /// </value>
    public bool IsAtomic { get; init; }

    /// <summary>Gets whether the content is added behind what the file has.</summary>
    /// <value>
    /// False, the default. With true, a missing file is created, and an upload that fails cuts an existing file to its former
    /// length. It cannot be combined with <see cref="IsAtomic"/>.
    /// </value>
    public bool Appends { get; init; }

    /// <summary>Gets whether missing parents of the target are created.</summary>
    /// <value>True, the default. False: a target without its directory fails with <see cref="FileErrorReason.NotFound"/>.</value>
    public bool CreatesParents { get; init; } = true;

    /// <summary>Gets whether the file is given to the user, also where it belongs to the user already.</summary>
    /// <value>
    /// True, the default: watchers see one change of attributes for each upload. False: an existing file keeps its owner, a new
    /// one has the owner that the system gives it.
    /// </value>
    public bool SetsOwner { get; init; } = true;

    /// <summary>Gets the metadata, which replace all that the file has.</summary>
    /// <value>
    /// Null, the default, and an empty collection remove the metadata of an existing file, but null keeps them with
    /// <see cref="Appends"/>. A key has 1 to 246 bytes and is stored
    /// in lower case; keys and values consist of 0x20 to 0x7E; all together have at most 4,096 bytes, with 9 bytes for each.
    /// Where the file system has no extended attributes, they are not stored.
    /// </value>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
