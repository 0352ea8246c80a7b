using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Support;

/// <summary>Tests of an engine that isolates sandboxes. Each case has an engine of its own, and leaves nothing of its sandboxes.</summary>
/// <param name="engineName">The engine.</param>
public abstract class EngineTests(string engineName)
{
    private EngineBench? _bench;

    /// <summary>Gets the engine.</summary>
    private protected EngineBench Bench => _bench!;

    [SetUp]
    public async Task CreateTheEngine()
    {
        RequireMachine();
        _bench = await EngineBench.CreateAsync(engineName);
        foreach (var feature in Features) await _bench.RequireAsync(feature);
    }

    [TearDown]
    public async Task EndTheSandboxes()
    {
        if (_bench is not null) await _bench.DisposeAsync();
    }

    /// <summary>Gets the features without which the cases are ignored.</summary>
    private protected virtual IEnumerable<string> Features => [];

    /// <summary>Ignores the cases on a machine that they are not for.</summary>
    private protected virtual void RequireMachine()
    {
    }
}

/// <summary>Tests that every engine passes that isolates sandboxes.</summary>
/// <param name="engineName">The engine.</param>
[TestFixture("bubblewrap")]
[TestFixture("runc")]
[TestFixture("crun", Category = "EveryVariant")]
public abstract class EveryEngineTests(string engineName) : EngineTests(engineName);
