using System.Collections.Concurrent;
using KernelGateway.Client.Legacy;
using FileEventType = KernelGateway.Client.FileEventType;

namespace Samples.Files;

internal static class WatchDirectory
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        // Each new file gives two events: it is created, and it is written.
        var events = new ConcurrentQueue<FilesystemEvent>();
        var allWritten = new TaskCompletionSource();
        var watcher = sandbox.Filesystem.WatchDir("/home");
        watcher.AddEventListener(change =>
        {
            events.Enqueue(change);
            if (events.Count(one => one.Operation == FileEventType.Write) == 10) allWritten.TrySetResult();
        });
        await watcher.StartAsync();

        for (var i = 0; i < 10; i++) await sandbox.Filesystem.WriteAsync($"/home/file{i}.txt", $"Hello World {i}!");

        await allWritten.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await watcher.StopAsync();
        foreach (var change in events) Console.WriteLine($"{change.Operation} {change.Path}");   // Create /home/file0.txt, Write /home/file0.txt
    }
}
