namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>The machine has no user of a name.</summary>
internal sealed class UnknownUserException(string name) : Exception($"user: unknown user {name}")
{
    public string Name => name;
}
