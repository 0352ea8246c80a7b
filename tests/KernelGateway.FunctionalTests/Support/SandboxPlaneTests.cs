using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Tests of the package <c>e2b</c> with one control plane for all cases, each of which has sandboxes of its own.</summary>
/// <param name="engineName">The engine.</param>
public abstract class SandboxPlaneTests(string engineName)
{
    private SandboxPlane? _plane;

    /// <summary>Gets the control plane.</summary>
    private protected SandboxPlane Plane => _plane!;

    [OneTimeSetUp]
    public async Task StartTheControlPlane()
    {
        ClientScript.RequireNodePackage("e2b");
        _plane = await SandboxPlane.StartAsync(engineName);
    }

    [OneTimeTearDown]
    public async Task StopTheControlPlane()
    {
        if (_plane is not null) await _plane.DisposeAsync();
    }
}
