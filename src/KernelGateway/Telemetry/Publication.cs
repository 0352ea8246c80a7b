using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KernelGateway.Telemetry;

/// <summary>Creates activity sources and instruments although a listener of the host throws when it is told of them.</summary>
/// <remarks>
/// The runtime publishes a source or an instrument in its constructor, and calls every listener of the process. If one throws,
/// the constructor throws. The object is published then, and has the listeners that were called before, but its creator has no
/// reference to it. A listener of our own finds it.
/// </remarks>
internal static class Publication
{
    /// <summary>Creates an activity source.</summary>
    /// <returns>The source, and what a listener threw; null when none did.</returns>
    public static (ActivitySource Source, Exception? Failure) CreateSource(string name, string version)
    {
        try
        {
            return (new ActivitySource(name, version), null);
        }
        catch (Exception exception)
        {
            if (FindSource(name, version) is not { } source) throw;
            return (source, exception);
        }
    }

    /// <summary>Creates an instrument.</summary>
    /// <param name="meter">The meter.</param>
    /// <param name="name">The name of the instrument.</param>
    /// <param name="create">Creates it.</param>
    /// <param name="failed">Is told when a listener throws.</param>
    public static T CreateInstrument<T>(Meter meter, string name, Func<T> create, Action<Exception> failed)
        where T : Instrument
    {
        try
        {
            return create();
        }
        catch (Exception exception)
        {
            if (FindInstrument<T>(meter, name) is not { } instrument) throw;
            failed(exception);
            return instrument;
        }
    }

    private static ActivitySource? FindSource(string name, string version)
    {
        ActivitySource? found = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source =>
            {
                if (source.Name == name && source.Version == version) found = source;
                return false;
            },
        };
        ActivitySource.AddActivityListener(listener);
        return found;
    }

    private static T? FindInstrument<T>(Meter meter, string name)
        where T : Instrument
    {
        T? found = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter, meter) && instrument.Name == name) found = instrument as T;
            },
        };
        listener.Start();
        return found;
    }
}
