namespace KernelGateway.SandboxServices.Users;

/// <summary>The machine has no user of a name.</summary>
public sealed class UnknownUserException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="name">The login name or user id.</param>
    public UnknownUserException(string name)
        : base($"user: unknown user {name}") => Name = name;

    /// <summary>Gets the login name or user id that nobody has.</summary>
    public string Name { get; }
}
