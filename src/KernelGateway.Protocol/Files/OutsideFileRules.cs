namespace KernelGateway.Protocol.Files;

/// <summary>What must be true of a file beside its being a regular one.</summary>
[Flags]
internal enum OutsideFileRules
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary>The path itself must not be a symbolic link.</summary>
    NoLink = 1,

    /// <summary>The file must belong to the user that the process runs as.</summary>
    OwnedByUs = 2,
}
