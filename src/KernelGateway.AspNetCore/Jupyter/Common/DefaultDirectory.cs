namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>The directory at which the paths of Jupyter's API begin: those of sessions, files and terminals.</summary>
internal static class DefaultDirectory
{
    /// <summary>Finds the directory. The gateway exists once the host has started.</summary>
    public static string Find(Gateway gateway) => Path.GetFullPath(gateway.Options.DefaultWorkingDirectory ?? Environment.CurrentDirectory);
}
