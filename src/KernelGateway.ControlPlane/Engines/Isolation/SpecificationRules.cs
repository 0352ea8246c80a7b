namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Which sandboxes can be made.</summary>
internal static class SpecificationRules
{
    /// <exception cref="SandboxEngineException">It cannot be made.</exception>
    internal static void Check(SandboxSpecification specification)
    {
        var template = specification.Template;
        var problem =
            !SandboxId.IsValid(specification.Id) ? $"'{specification.Id}' is not the id of a sandbox."
            : specification.DiskBytes is < 0 or (> 0 and < SandboxMounts.LeastDiskBytes) ? "The disk is smaller than 16 MiB."
            : specification.MemoryBytes < 0 || specification.MaxProcesses < 0 || specification.Cpus < 0 ? "A limit is negative."
            : template.RootDirectory is { } root && !Directory.Exists(root) ? $"The root directory '{root}' does not exist."
            : specification.Files is { } files && !Directory.Exists(files) ? $"The files '{files}' do not exist."
            : specification.SidecarArguments.Any(argument => argument.Contains('\0'))
                || specification.Environment.Any(variable => variable.Key.Contains('\0') || variable.Value.Contains('\0'))
                ? "An argument or a variable contains NUL."
            : template.Mounts.Select(SidecarCommand.FindProblem).FirstOrDefault(found => found is not null);
        if (problem is not null) throw SandboxEngineException.Invalid(problem);
        Check(specification.Network);
    }

    /// <exception cref="SandboxEngineException">A range is not one, or connections cannot be limited.</exception>
    internal static void Check(NetworkPolicy network)
    {
        if (network.Allow.Concat(network.Deny).FirstOrDefault(range => !AddressRules.IsValid(range)) is { } wrong)
            throw SandboxEngineException.Invalid($"'{wrong}' is not an address or a range of IPv4.");
        if (network.AllowsOutgoing && OutgoingNetwork.FindProblem() is { } missing)
            throw new SandboxEngineException(
                SandboxEngineError.NotSupported, $"Connections to the outside cannot be limited: {missing}.");
    }
}
