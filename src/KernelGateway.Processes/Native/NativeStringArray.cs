using System.Runtime.InteropServices;

namespace KernelGateway.Processes.Native;

/// <summary>A null-terminated array of UTF-8 C strings, the form in which argv and the environment reach a process.</summary>
internal sealed unsafe class NativeStringArray : IDisposable
{
    private readonly int _count;
    private byte** _strings;

    internal NativeStringArray(IReadOnlyCollection<string> values)
    {
        _count = values.Count;
        _strings = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        var index = 0;
        foreach (var value in values) _strings[index++] = (byte*)Marshal.StringToCoTaskMemUTF8(value);
    }

    internal byte** Pointer => _strings;

    public void Dispose()
    {
        if (_strings is null) return;
        for (var i = 0; i < _count; i++) Marshal.FreeCoTaskMem((nint)_strings[i]);
        NativeMemory.Free(_strings);
        _strings = null;
    }
}
