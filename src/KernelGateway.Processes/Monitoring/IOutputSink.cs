namespace KernelGateway.Processes.Monitoring;

/// <summary>Receives what a process writes into one of its streams. The monitor's thread calls it, so it returns at once.</summary>
internal interface IOutputSink
{
    /// <summary>
    /// Gets whether nothing is read now, so that the process waits once its pipe is full. Whoever makes room calls
    /// <see cref="ProcessMonitor.Wake"/>.
    /// </summary>
    bool IsFull { get; }

    /// <summary>Takes bytes. It takes them also when it is full: at the exit of the process, its pipe is emptied.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Reports that nothing more comes. It can be called more than once.</summary>
    void Complete();
}
