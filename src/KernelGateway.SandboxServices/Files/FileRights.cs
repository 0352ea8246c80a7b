namespace KernelGateway.SandboxServices.Files;

/// <summary>With whose rights the service uses files.</summary>
public enum FileRights
{
    /// <summary>
    /// With those of the service. What it creates or overwrites is given to the user. In a sandbox whose service is root, the
    /// user can thus change every file of the sandbox; nobody else may reach such a service.
    /// </summary>
    Service,

    /// <summary>
    /// With those of the user: a path leads to what the user can reach, whatever links are put under it meanwhile. Needs a
    /// service that runs as root and Linux 5.6.
    /// </summary>
    User,
}
